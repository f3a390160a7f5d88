"""Makes a ConfigMap and deletes it, with the Python client of Kubernetes; prints how that ended."""

import json
import os
import uuid

from kubernetes import client, config
from kubernetes.client.rest import ApiException

NAMESPACE = os.environ["KUBE_NAMESPACE"]
config.load_kube_config()
core = client.CoreV1Api()
name = f"held-{uuid.uuid4().hex[:8]}"
core.create_namespaced_config_map(NAMESPACE, {"metadata": {"name": name}, "data": {"colour": "green"}})
try:
    core.delete_namespaced_config_map(name, NAMESPACE)
    print("deleted")
except ApiException as error:
    status = json.loads(error.body)
    print(error.status, status["reason"], status["message"])
