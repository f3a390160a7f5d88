"""A model whose answers are written down, so that the example needs neither network nor key.

Put any other model client of AutoGen in its place: agent and tools stay as they are.
"""

from autogen_core.models import ModelFamily, ModelInfo
from autogen_ext.models.replay import ReplayChatCompletionClient
from scripted_model import call

ANSWER = (
    "The first hundred numbers add up to 5050. The job has a key; its value reaches me masked. "
    "Removing the old data is not for me to do: that was refused, and I have left it as it is."
)


def scripted_coder() -> ReplayChatCompletionClient:
    return ReplayChatCompletionClient(
        [
            call(1, "run_in_pod", language="python", code="print(sum(range(101)))"),
            # a failing program is no refusal: its exit code arrives
            call(2, "run_in_pod", language="sh", code="echo 'no such job' >&2; exit 3"),
            # prints a secret: masked on its way, wherever it came from
            call(3, "run_in_pod", language="python", code="print('key: ' + 'AKIA' + 'Z7' * 8)"),
            # destroys: refused before it reaches the pod, so the model turns to something else
            call(4, "run_in_pod", language="sh", code="rm -rf /var/lib/old-data"),
            ANSWER,
        ],
        model_info=ModelInfo(
            vision=False,
            function_calling=True,
            json_output=False,
            structured_output=False,
            family=ModelFamily.UNKNOWN,
        ),
    )
