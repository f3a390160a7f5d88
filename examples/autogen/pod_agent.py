"""An AutoGen agent that runs code in a pod of a cluster, and a transcript of what it does. See README.md."""

import asyncio

from autogen_agentchat.agents import AssistantAgent
from autogen_agentchat.messages import TextMessage, ToolCallExecutionEvent, ToolCallRequestEvent
from pod_tools import executor, run_in_pod
from scripted_coder import scripted_coder

TASK = "Add up the first hundred numbers, find out which key the job uses, and clean up the old data."


async def main() -> None:
    async with executor:
        agent = AssistantAgent("engineer", scripted_coder(), tools=[run_in_pod], max_tool_iterations=10)
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


asyncio.run(main())
