"""What a program does with the Python client of Kubernetes; prints a JSON transcript, one entry for each step.

KUBECONFIG says where, KUBE_NAMESPACE in which namespace. Runs with old and new versions of the client.
"""

import hashlib
import json
import os
import threading
import time

from kubernetes import client, config, watch
from kubernetes.client.rest import ApiException
from kubernetes.stream import stream

NAMESPACE = os.environ["KUBE_NAMESPACE"]
config.load_kube_config()
core = client.CoreV1Api()
apps = client.AppsV1Api()
transcript: list[dict] = []


def step(say: str):
    """Runs what it decorates at once; what it returns or raises is compared between the two sides."""

    def run(body):
        try:
            result = {"returned": body()}
        except ApiException as error:
            told = json.loads(error.body) if isinstance(error.body, (str, bytes)) and error.body else None
            result = {"raised": [error.status, error.reason, told]}
        except Exception as error:  # noqa: BLE001: whatever it is, the other side has to end alike
            result = {"raised": [type(error).__name__, str(error)]}
        transcript.append({"say": say, **result})

    return run


def plain(thing):
    return client.ApiClient().sanitize_for_serialization(thing)


def pod(name: str, **labels: str) -> dict:
    containers = [{"name": "main", "image": "example/app:1", "env": [{"name": "COLOUR", "value": "green"}]}]
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "labels": labels}, "spec": {"nodeName": "n0", "containers": containers}}


def running(name: str) -> None:
    for _ in range(300):
        if core.read_namespaced_pod_status(name, NAMESPACE).status.phase == "Running":
            return
        time.sleep(0.1)
    raise AssertionError(f"{name} does not run")


def execute(command: list[str], stdin: bytes | str | None = None, **more):
    """stdout, stderr and exit code, as the client gives them."""
    answer = stream(
        core.connect_get_namespaced_pod_exec,
        "p",
        NAMESPACE,
        command=command,
        stdin=stdin is not None,
        stdout=True,
        stderr=True,
        tty=more.pop("tty", False),
        _preload_content=False,
        **more,
    )
    if stdin is not None:
        answer.write_stdin(stdin)
    out, err = "", ""
    while answer.is_open():
        answer.update(timeout=1)
        if answer.peek_stdout():
            out += answer.read_stdout()
        if answer.peek_stderr():
            err += answer.read_stderr()
        if stdin is not None and out.endswith("over\n"):
            break
    code = None if stdin is not None else answer.returncode
    answer.close()
    return [out, err, code]


@step("creates a pod")
def _():
    created = plain(core.create_namespaced_pod(NAMESPACE, pod("p", app="p")))
    running("p")
    return created


@step("reads it")
def _():
    return plain(core.read_namespaced_pod("p", NAMESPACE))


@step("lists")
def _():
    return plain(core.list_namespaced_pod(NAMESPACE, label_selector="app=p", limit=1))


@step("lists what is not there")
def _():
    return plain(core.read_namespaced_pod("nobody-home", NAMESPACE))


@step("creates it again")
def _():
    return plain(core.create_namespaced_pod(NAMESPACE, pod("p")))


@step("patches")
def _():
    return plain(core.patch_namespaced_pod("p", NAMESPACE, {"metadata": {"labels": {"tier": "two"}}}))


@step("dry run of a wrong object")
def _():
    return plain(core.create_namespaced_pod(NAMESPACE, pod("Wrong_Name"), dry_run="All"))


@step("creates, replaces, scales a deployment")
def _():
    template = {"metadata": {"labels": {"app": "web"}}, "spec": {"nodeName": "n0", "containers": [{"name": "main", "image": "example/web:1"}]}}
    spec = {"replicas": 0, "selector": {"matchLabels": {"app": "web"}}, "template": template}
    apps.create_namespaced_deployment(NAMESPACE, {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": spec})
    apps.patch_namespaced_deployment_scale("web", NAMESPACE, {"spec": {"replicas": 1}})
    return plain(apps.read_namespaced_deployment("web", NAMESPACE).spec)


@step("watches what happens")
def _():
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "seen", "labels": {"watch": "me"}}, "data": {"n": "9007199254740993"}}
    began = threading.Event()

    def act() -> None:
        began.wait(20)
        core.patch_namespaced_config_map("seen", NAMESPACE, {"data": {"n": "two"}})
        core.delete_namespaced_config_map("seen", NAMESPACE)

    core.create_namespaced_config_map(NAMESPACE, body)
    actor = threading.Thread(target=act)
    actor.start()
    seen = []
    watching = watch.Watch()
    for event in watching.stream(core.list_namespaced_config_map, NAMESPACE, label_selector="watch=me", timeout_seconds=60):
        seen.append([event["type"], event["object"].metadata.name, event["object"].data])
        began.set()
        if event["type"] == "DELETED":
            watching.stop()
    actor.join()
    return seen


@step("a watch that times out ends quietly")
def _():
    return list(watch.Watch().stream(core.list_namespaced_secret, NAMESPACE, label_selector="no=such", timeout_seconds=1))


@step("exec")
def _():
    return execute(["printenv", "COLOUR"])


@step("exec with another exit code and standard error")
def _():
    return execute(["sh", "-c", "echo out; echo error >&2; exit 7"])


@step("exec of what is not there")
def _():
    return execute(["no-such-program"])


@step("exec in a pod that is not there")
def _():
    try:
        return str(stream(core.connect_get_namespaced_pod_exec, "nobody-home", NAMESPACE, command=["true"], stdout=True))
    except Exception as error:  # noqa: BLE001: the new client stumbles over the answer, the old one shows its first line
        said = str(getattr(error, "reason", "")).split(" -+-+- ")  # the middle lists the headers
        return [type(error).__name__, getattr(error, "status", None), said[0], said[-1]]


@step("exec with standard input")
def _():
    return execute(["sh", "-c", "read line; echo got $line; echo over"], stdin="a line of é\n")


@step("exec with much output")
def _():
    out, err, code = execute(["sh", "-c", "seq 1 60000"])
    return [hashlib.sha256(out.encode()).hexdigest(), err, code]


@step("exec with a terminal")
def _():
    out, err, code = execute(["sh", "-c", "test -t 1 && echo yes"], tty=True)
    return [out, err, code]


@step("logs")
def _():
    execute(["sh", "-c", "for i in 1 2 3; do echo entry $i é >>$LOG; done"])
    return [core.read_namespaced_pod_log("p", NAMESPACE), core.read_namespaced_pod_log("p", NAMESPACE, tail_lines=1)]


@step("follows logs")
def _():
    lines = []
    for line in watch.Watch().stream(core.read_namespaced_pod_log, "p", NAMESPACE, tail_lines=1):
        lines.append(line)
        if len(lines) == 1:
            execute(["sh", "-c", "echo one more >>$LOG; echo the end >>$LOG"])
        if line == "the end":
            break
    return lines


@step("asks what it may")
def _():
    review = {"spec": {"resourceAttributes": {"verb": "create", "resource": "pods", "namespace": NAMESPACE}}}
    return plain(client.AuthorizationV1Api().create_self_subject_access_review(review).status.allowed)


@step("finds the version and the groups")
def _():
    groups = [group.name for group in client.ApisApi().get_api_versions().groups]
    return [plain(client.VersionApi().get_code()), groups]


@step("deletes")
def _():
    apps.delete_namespaced_deployment("web", NAMESPACE)
    deleted = plain(core.delete_namespaced_pod("p", NAMESPACE, grace_period_seconds=0))
    return deleted["kind"]


print(json.dumps(transcript))
os._exit(0)  # a followed log leaves its connection open
