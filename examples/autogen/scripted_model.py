"""A model whose answers are written down, so that the example needs neither network nor key.

Put any other model client of AutoGen in its place: agent and tools stay as they are.
"""

import json
import logging

from autogen_core import FunctionCall
from autogen_core.models import CreateResult, ModelFamily, ModelInfo, RequestUsage
from autogen_ext.models.replay import ReplayChatCompletionClient

ANSWER = (
    "I found three customers in Paris and what the first of them ordered. E-mail addresses reach me masked. "
    "Upper case was refused, so I took the column as it is. Dropping the tickets is not for me to do; I counted them."
)


# the replay client counts the tokens of texts only, and says so again and again
logging.getLogger("autogen_core.events").setLevel(logging.ERROR)


def call(number: int, tool: str, **arguments: object) -> CreateResult:
    """The model asks for a tool."""
    return CreateResult(
        finish_reason="function_calls",
        content=[FunctionCall(id=f"call-{number}", name=tool, arguments=json.dumps(arguments))],
        usage=RequestUsage(prompt_tokens=0, completion_tokens=0),
        cached=False,
    )


def scripted_model() -> ReplayChatCompletionClient:
    return ReplayChatCompletionClient(
        [
            call(1, "query_database", sql="SELECT id, full_name, email FROM customers WHERE city = 'Paris' ORDER BY id LIMIT 3"),
            call(2, "find_orders", customer_id=1),
            # computes from a protected column: refused, and the hint says what would pass
            call(3, "query_database", sql="SELECT id, ascii(email) AS code FROM customers WHERE id = 1"),
            call(4, "query_database", sql="SELECT id, email FROM customers WHERE id = 1"),
            # destroys: refused for good, so the model turns to something else
            call(5, "query_database", sql="DROP TABLE tickets"),
            call(6, "query_database", sql="SELECT status, count(*) AS tickets FROM tickets GROUP BY status ORDER BY status"),
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
