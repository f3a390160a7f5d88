"""A scripted model that does what the gateway asks of it: what is held for approval it sends again, the same, a little later.

A model that reads does so by itself: the sentence it goes by here stands in the error that its tool returned.
"""

from autogen_core.models import CreateResult, FunctionExecutionResultMessage, LLMMessage
from autogen_ext.models.replay import ReplayChatCompletionClient
from scripted_model import call

HELD = "end the same operation again after it is approved"


class PatientModel(ReplayChatCompletionClient):
    """Plays its script; before it goes on, what was held is sent again, with a wait before each time."""

    _asked: CreateResult | str = ""
    _waited = False
    _times = 0

    async def create(self, messages: list[LLMMessage], **options: object) -> CreateResult:
        last = messages[-1]
        results = [one.content for one in last.content] if isinstance(last, FunctionExecutionResultMessage) else []
        if any(HELD in text for text in results):
            self._times += 1
            self._waited = True
            return call(1000 + self._times, "wait", seconds=2)
        if self._waited and isinstance(self._asked, CreateResult):
            self._waited = False
            [asked] = self._asked.content
            return CreateResult(
                finish_reason=self._asked.finish_reason,
                content=[type(asked)(id=f"{asked.id}-{self._times}", name=asked.name, arguments=asked.arguments)],
                usage=self._asked.usage,
                cached=False,
            )
        self._asked = await super().create(messages, **options)
        return self._asked
