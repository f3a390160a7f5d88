"""An AutoGen agent that meets a rule which holds: it waits, or sends the same again, and finishes. See README.md.

    python patient_agent.py database|pod
"""

import asyncio
import sys
from contextlib import nullcontext
from typing import Annotated

from autogen_agentchat.agents import AssistantAgent
from autogen_agentchat.messages import TextMessage, ToolCallExecutionEvent, ToolCallRequestEvent
from autogen_core.models import ModelFamily, ModelInfo
from patient_model import PatientModel
from scripted_model import call

INFO = ModelInfo(
    vision=False, function_calling=True, json_output=False, structured_output=False, family=ModelFamily.UNKNOWN
)


async def wait(seconds: Annotated[float, "How long"]) -> str:
    """Waits before something is tried again."""
    await asyncio.sleep(seconds)
    return f"{seconds} seconds are over."


async def main(where: str) -> None:
    if where == "database":
        from database_tools import query_database as tool

        task, during = "Count whom we can write to.", nullcontext()
        script = [
            call(1, "query_database", sql="SELECT id, email FROM customers ORDER BY id"),
            "The export has come, after somebody had a look at it; addresses reach me masked.",
        ]
    else:
        from pod_tools import executor, run_in_pod as tool

        task, during = "Send the invoices of this month.", executor
        script = [
            call(1, "run_in_pod", language="sh", code="echo 'send-invoices: 42 sent'"),
            "The invoices are sent; somebody had a look at it before.",
        ]
    async with during:
        agent = AssistantAgent(
            "clerk", PatientModel(script, model_info=INFO), tools=[tool, wait], max_tool_iterations=200
        )
        async for event in agent.run_stream(task=task):
            match event:
                case ToolCallRequestEvent(content=calls):
                    for asked in calls:
                        print(f"{event.source} calls {asked.name} {asked.arguments}", flush=True)
                case ToolCallExecutionEvent(content=results):
                    for result in results:
                        print(f"  {result.content.replace(chr(10), chr(10) + '  ')}", flush=True)
                case TextMessage(source=source, content=text):
                    print(f"{source}: {text}", flush=True)


if sys.argv[1:] not in (["database"], ["pod"]):
    sys.exit(__doc__)
asyncio.run(main(sys.argv[1]))
