"""What deploy/ says is what the service knows: settings, commands, ports, paths, tables; and nothing is left open."""

import json
import re
from pathlib import Path

import pytest
import yaml

from modelwright.cli.arguments import parse
from modelwright.cli.main import build_parser
from modelwright.service.app import build_app
from modelwright.service.settings import ServiceSettings

DEPLOY = Path(__file__).parents[2] / "deploy"
PREFIX = "MODELWRIGHT_SERVICE_"
COMPOSE = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
DOCUMENTS = {
    (path.name, document["kind"], document["metadata"]["name"]): document
    for path in sorted((DEPLOY / "kubernetes").glob("*.yaml"))
    if path.name != "kustomization.yaml"
    for document in yaml.safe_load_all(path.read_text())
}
DEPLOYMENTS = {key[2]: item for key, item in DOCUMENTS.items() if key[1] == "Deployment"}
OURS = {name: item for name, item in COMPOSE["services"].items() if item["image"] == "modelwright"}


def container(deployment):
    (found,) = deployment["spec"]["template"]["spec"]["containers"]
    return found


def environment(deployment):
    return {item["name"]: item for item in container(deployment)["env"]}


def settings_of(names):
    return {name.removeprefix(PREFIX).lower() for name in names if name.startswith(PREFIX)}


def test_variables_are_settings():
    config = DOCUMENTS["config.yaml", "ConfigMap", "modelwright"]["data"]
    names = set(config) | set(re.findall(rf"{PREFIX}\w+", (DEPLOY / "Dockerfile").read_text()))
    for item in OURS.values():
        names |= set(item["environment"])
    for item in DEPLOYMENTS.values():
        names |= set(environment(item))
    assert all(name.startswith(PREFIX) for name in names)
    assert settings_of(names) <= set(ServiceSettings.model_fields)
    assert settings_of(names) >= {"data", "database", "engine", "broker", "store", "memory"}


def test_values_are_taken(monkeypatch):
    config = DOCUMENTS["config.yaml", "ConfigMap", "modelwright"]["data"]
    secret = DOCUMENTS["secret.example.yaml", "Secret", "modelwright"]["stringData"]
    told = {**config, f"{PREFIX}STORE": secret["store"].replace("BUCKET", "bucket")}
    for item in DEPLOYMENTS.values():
        told |= {name: entry["value"] for name, entry in environment(item).items() if "value" in entry}
    for name, value in told.items():
        monkeypatch.setenv(name, value)
    found = ServiceSettings()
    assert found.memory == 8 << 30
    for item in OURS.values():
        store = re.sub(r"\$\{\w+:[^}]*\}", "x", item["environment"][f"{PREFIX}STORE"])
        assert json.loads(store)["url"].startswith("s3://")


def test_commands_are_ours():
    commands = [item["command"] for item in OURS.values()] + [container(item)["args"] for item in DEPLOYMENTS.values()]
    commands.append(json.loads(re.search(r"^CMD (.*)$", (DEPLOY / "Dockerfile").read_text(), re.MULTILINE)[1]))
    found = [parse(build_parser(), command) for command in commands]
    assert {item.host for item in found if hasattr(item, "host")} == {"0.0.0.0"}


def test_every_chip_has_workers(context):
    from modelwright.templates.catalogue import templates

    chips = {template.chip for template in templates()}
    wanted = {"cpu" if chip == "general" else chip for chip in chips}
    compose = {
        chip for item in OURS.values() for chip in item["command"][-1].split(",") if item["command"][0] == "worker"
    }
    cluster = {container(item)["args"][-1] for name, item in DEPLOYMENTS.items() if name != "server"}
    assert compose == cluster == wanted


def test_ports_and_paths(context):
    paths = build_app(context).openapi()["paths"]
    served = container(DEPLOYMENTS["server"])
    port = parse(build_parser(), ["serve"]).port
    assert f"EXPOSE {port}\n" in (DEPLOY / "Dockerfile").read_text()
    assert COMPOSE["services"]["server"]["ports"] == [f"127.0.0.1:{port}:{port}"]
    assert served["ports"] == [{"name": "http", "containerPort": port}]
    probes = [served[f"{name}Probe"]["httpGet"]["path"] for name in ("startup", "liveness", "readiness")]
    probes.append(re.search(rf":{port}(/[\w/]+)", COMPOSE["services"]["server"]["healthcheck"]["test"][-1])[1])
    assert set(probes) <= set(paths)


def test_secrets_are_referred_to():
    keys = set(DOCUMENTS["secret.example.yaml", "Secret", "modelwright"]["stringData"])
    used = {
        entry["valueFrom"]["secretKeyRef"]["key"]
        for item in DEPLOYMENTS.values()
        for entry in environment(item).values()
        if "valueFrom" in entry
    }
    trigger = DOCUMENTS["scaling.yaml", "TriggerAuthentication", "database"]
    assert used | {item["key"] for item in trigger["spec"]["secretTargetRef"]} == keys
    named = set(re.findall(r"\$\{(\w+)", (DEPLOY / "compose.yaml").read_text()))
    assert named == set(re.findall(r"^(\w+)=$", (DEPLOY / "compose.env.example").read_text(), re.MULTILINE))
    for item in COMPOSE["services"].values():
        for name, value in (item.get("environment") or {}).items():
            assert not re.search("PASSWORD|SECRET|AUTH", name) or value.startswith("${")


def test_nothing_is_unlimited_or_privileged():
    for name, item in COMPOSE["services"].items():
        assert item["cap_drop"] == ["ALL"]
        assert item["security_opt"] == ["no-new-privileges:true"]
        assert name == "bucket" or set(item["deploy"]["resources"]["limits"]) >= {"cpus", "memory"}
        assert re.search(r":[\w.-]*\d", item["image"]) or item["image"] == "modelwright"
        assert name == "server" or item["networks"] == ["inside"]
    assert COMPOSE["networks"]["inside"] == {"internal": True}
    for item in DEPLOYMENTS.values():
        pod, found = item["spec"]["template"]["spec"], container(item)
        assert pod["securityContext"]["runAsNonRoot"]
        assert not pod["automountServiceAccountToken"]
        assert set(found["resources"]["limits"]) >= {"cpu", "memory", "ephemeral-storage"}
        assert found["securityContext"]["readOnlyRootFilesystem"]
        assert found["securityContext"]["capabilities"] == {"drop": ["ALL"]}
        config = DOCUMENTS["config.yaml", "ConfigMap", "modelwright"]["data"]
        limit = int(found["resources"]["limits"]["memory"].removesuffix("Gi")) << 30
        assert item["metadata"]["name"] == "server" or limit > int(config[f"{PREFIX}MEMORY"])


def test_workers_differ_in_their_chip_alone():
    def plain(name):
        found = json.loads(json.dumps(DEPLOYMENTS[f"worker-{name}"]).replace(f"worker-{name}", "worker"))
        spec = found["spec"]["template"]["spec"]
        assert spec["containers"][0].pop("args") == ["worker", "--chips", name]
        spec.pop("tolerations", None)
        spec["containers"][0]["image"] = "modelwright"
        spec["containers"][0]["resources"]["limits"].pop("nvidia.com/gpu", None)
        spec["containers"][0]["env"] = [
            item for item in spec["containers"][0]["env"] if item["name"] != f"{PREFIX}PASS_ENVIRONMENT"
        ]
        return found

    for name in ("ascend", "gpu", "arm"):
        assert plain(name) == plain("cpu")


@pytest.mark.parametrize("name", ["worker-ascend", "worker-gpu", "worker-arm", "worker-cpu"])
def test_workers_are_counted_by_the_tasks_that_wait_and_run(name, context, asking, new_task):
    scaled = DOCUMENTS["scaling.yaml", "ScaledObject", name]["spec"]
    assert scaled["scaleTargetRef"]["name"] in DEPLOYMENTS
    query = scaled["triggers"][0]["metadata"]["query"]
    context.tasks.create(asking(), new_task())
    context.tasks.create(
        asking(), new_task(name="second", template="Onnx-To-TensorRT", output=context.store.fresh_output("default"))
    )
    context.engine._means.leases.take()
    with context.database.read() as connection:
        count = connection.exec_driver_sql(query).scalar()
    assert count == {"worker-cpu": 1, "worker-gpu": 1}.get(name, 0)


def test_the_image_gets_what_it_copies():
    allowed = set(re.findall(r"^!(\S+)$", (DEPLOY.parent / ".dockerignore").read_text(), re.MULTILINE))
    copied = {
        word
        for line in re.findall(r"^COPY (?!--)(.*) \S+$", (DEPLOY / "Dockerfile").read_text(), re.MULTILINE)
        for word in line.split()
    }
    assert copied == allowed
    assert all((DEPLOY.parent / name).exists() for name in copied)
    locked = (DEPLOY / "requirements.txt").read_text()
    for package in ("fastapi", "celery", "psycopg", "s3fs", "onnxruntime"):
        assert re.search(rf"^{package}(\[\w+\])?==", locked, re.MULTILINE)


def test_kustomize_takes_every_file():
    listed = yaml.safe_load((DEPLOY / "kubernetes/kustomization.yaml").read_text())["resources"]
    there = {path.name for path in (DEPLOY / "kubernetes").glob("*.yaml")}
    assert set(listed) == there - {"kustomization.yaml", "secret.example.yaml"}
