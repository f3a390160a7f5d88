"""The tool of the agent: the pod executor of autogen-kubernetes, as it is. Nothing here knows of Sallyport.

KUBECONFIG says which cluster. POD_NAMESPACE and POD_WORKSPACE say where in it (default: "default" and "/workspace").
"""

import json
import os
from typing import Annotated

from autogen_core import CancellationToken
from autogen_core.code_executor import CodeBlock
from autogen_kubernetes.code_executors import PodCommandLineCodeExecutor
from websockets.exceptions import InvalidStatus

executor = PodCommandLineCodeExecutor(
    image="python:3-slim",
    namespace=os.environ.get("POD_NAMESPACE", "default"),
    workspace_path=os.environ.get("POD_WORKSPACE", "/workspace"),
    timeout=60,
)


async def run_in_pod(
    language: Annotated[str, "python or sh"],
    code: Annotated[str, "The program; it is kept in a file of the pod and run there"],
) -> str:
    """Runs a program in the pod; returns what it printed and its exit code, or why it was not run."""
    try:
        result = await executor.execute_code_blocks([CodeBlock(language=language, code=code)], CancellationToken())
    except InvalidStatus as error:
        # the handshake of exec was answered by a Status of Kubernetes instead: its message says why
        return f"ERROR {error.response.status_code}: {message_of(error.response.body)}"
    return f"{result.output.strip()}\nexit code {result.exit_code}".lstrip()


def message_of(body: bytes | None) -> str:
    try:
        return json.loads(body or b"")["message"]
    except (ValueError, KeyError, TypeError):
        return (body or b"").decode(errors="replace")
