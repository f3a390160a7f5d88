"""An AutoGen agent that works with a database, and a transcript of what it does. See README.md."""

import asyncio

from autogen_agentchat.agents import AssistantAgent
from autogen_agentchat.messages import TextMessage, ToolCallExecutionEvent, ToolCallRequestEvent
from autogen_core.models import FunctionExecutionResultMessage
from database_tools import find_orders, query_database
from scripted_model import scripted_model

TASK = "Who are our customers in Paris, what did the first one order, and how many tickets are there?"


async def main() -> None:
    model = scripted_model()
    agent = AssistantAgent("analyst", model, tools=[query_database, find_orders], max_tool_iterations=10)
    async for event in agent.run_stream(task=TASK):
        match event:
            case ToolCallRequestEvent(content=calls):
                for call in calls:
                    print(f"{event.source} calls {call.name} {call.arguments}")
            case ToolCallExecutionEvent(content=results):
                for result in results:
                    print(f"  {result.content.replace(chr(10), chr(10) + '  ')}")
            case TextMessage(source=source, content=text):
                print(f"{source}: {text}")
    # what the model was given, not what we think it was given
    read = [asked["messages"][-1] for asked in model.create_calls]
    results = [result.content for message in read if isinstance(message, FunctionExecutionResultMessage) for result in message.content]
    errors = [text for text in results if text.startswith("ERROR ")]
    print(f"The model read {len(results)} results, {len(errors)} of them errors.")


asyncio.run(main())
