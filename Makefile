# Needs make, Python 3.11 or newer and PyPI. `make help` lists what there is.

PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
VENV ?= .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
LOCKED := install --require-hashes --only-binary :all: -r

CACHE := $(HOME)/.cache/modelwright
TF_VENV := $(CACHE)/venvs/tf
OPENCV_VENV := $(CACHE)/venvs/opencv
CV_PYTHON := $(or $(MODELWRIGHT_CV_PYTHON),$(OPENCV_VENV)/bin/python)
CV_READY := $(if $(MODELWRIGHT_CV_PYTHON),,$(OPENCV_VENV)/.ready)
PEER_VENV := $(CACHE)/venvs/tf2onnx
TORCH_VENV := $(CACHE)/venvs/torch
MOTO_VENV := $(CACHE)/venvs/moto
TENSORRT_VENV := $(CACHE)/venvs/tensorrt
MINDSPORE_VENV := $(CACHE)/venvs/mindspore
DEPLOY_VENV := $(CACHE)/venvs/deploy
SCHEMATHESIS_VENV := $(CACHE)/venvs/schemathesis
PADDLES := $(CACHE)/venvs/paddle2 $(CACHE)/venvs/paddle3
PADDLE2ONNX_VENV := $(CACHE)/venvs/paddle2onnx
SIMPLIFIERS := $(CACHE)/venvs/onnxsim $(CACHE)/venvs/onnxslim
QUANTIZERS := $(addprefix $(CACHE)/venvs/,onnxruntime nncf xslim modelopt neural-compressor quark)
ORACLE_CACHE := $(or $(MODELWRIGHT_ORACLE_CACHE),$(CACHE)/oracle)
TF_PYTHON := $(or $(MODELWRIGHT_TF_PYTHON),$(TF_VENV)/bin/python)
PEER_PYTHON := $(or $(MODELWRIGHT_TF2ONNX_PYTHON),$(PEER_VENV)/bin/python)
# An interpreter that the user names is taken as it is; else the environment is made.
TF_READY := $(if $(MODELWRIGHT_TF_PYTHON),,$(TF_VENV)/.ready)
PEER_READY := $(if $(MODELWRIGHT_TF2ONNX_PYTHON),,$(PEER_VENV)/.ready)

# The system's own browser; empty where there is none.
CHROMIUM := $(or $(MODELWRIGHT_CHROMIUM),$(firstword $(foreach name,chromium chromium-browser google-chrome \
	google-chrome-stable,$(shell command -v $(name)))))

EXAMPLE := examples/digits
PYTEST_FLAGS ?=
LOCK := uv pip compile --quiet $(LOCK_FLAGS) --generate-hashes --no-emit-index-url --no-emit-find-links \
	--custom-compile-command "make lock"

# Pyright comes with its own node; nothing is downloaded while it runs.
export PYRIGHT_PYTHON_IGNORE_WARNINGS := 1
# Measured and first runs alike profit from byte code.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help demo test lint lint-deploy format oracle oracle-services oracle-onnx oracle-torch oracle-tensorrt oracle-mindspore oracle-paddle oracle-caffe oracle-openapi bench bench-caffe bench-ascend bench-paddle bench-paddle-tests bench-opset bench-locate bench-check bench-tflite bench-tensorrt bench-mindir bench-simplify bench-quantize bench-calibration-data bench-service lock clean demo-service screenshots oracle-browser

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1	/p' $(MAKEFILE_LIST) | expand -t 18

demo: $(VENV)/.ready ## convert the example network and compare it with TensorFlow's answers
	@mkdir -p build
	$(BIN)/modelwright convert tf2 --saved-model $(EXAMPLE)/saved_model --output build/digits.onnx \
		--reference $(EXAMPLE)/reference.npz

demo-service: $(VENV)/.ready-service $(if $(CHROMIUM),$(VENV)/.ready-browser) ## convert the example by the service, and take a picture of the task's page
	MODELWRIGHT_CHROMIUM=$(CHROMIUM) $(BIN)/python $(EXAMPLE)/by_service.py

test: $(VENV)/.ready-dev ## run the tests
	$(BIN)/python -m pytest $(PYTEST_FLAGS)

lint: $(VENV)/.ready-dev ## ruff, pyright and import-linter
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright --pythonpath $(BIN)/python
	$(BIN)/lint-imports

lint-deploy: $(VENV)/.ready-dev $(DEPLOY_VENV)/.ready ## deploy/: YAML, Dockerfile, Compose's and Kubernetes' schemas, KEDA's types
	$(DEPLOY_VENV)/bin/yamllint --strict -c deploy/.yamllint.yaml deploy
	$(DEPLOY_VENV)/bin/hadolint deploy/Dockerfile
	$(DEPLOY_VENV)/bin/check-jsonschema --builtin-schema vendor.compose-spec deploy/compose.yaml
	for file in $(filter-out %/kustomization.yaml %/scaling.yaml,$(wildcard deploy/kubernetes/*.yaml)); do \
		$(DEPLOY_VENV)/bin/kubernetes-validate --strict --quiet $$file || exit 1; done
	$(DEPLOY_VENV)/bin/python tests/deploy/check_keda.py deploy/kubernetes/scaling.yaml
	$(BIN)/python -m pytest tests/deploy

format: $(VENV)/.ready-dev ## let ruff put the code in order
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

oracle: oracle-onnx oracle-caffe $(VENV)/.ready-dev $(TF_READY) ## compare conversions with live TensorFlow (makes the models once, about 15 minutes)
	MODELWRIGHT_ORACLE_CACHE=$(ORACLE_CACHE) $(TF_PYTHON) tests/oracle/make_models.py
	MODELWRIGHT_ORACLE_CACHE=$(ORACLE_CACHE) MODELWRIGHT_TF_PYTHON=$(TF_PYTHON) \
		$(BIN)/python -m pytest -m oracle_tf $(PYTEST_FLAGS)

oracle-services: $(VENV)/.ready-dev $(MOTO_VENV)/.ready ## the service on real PostgreSQL, Redis, RabbitMQ and S3, and while all are killed (25 minutes)
	MODELWRIGHT_MOTO=$(MOTO_VENV)/bin/moto_server $(BIN)/python -m pytest -m oracle_services $(PYTEST_FLAGS)
	MODELWRIGHT_MOTO=$(MOTO_VENV)/bin/moto_server $(BIN)/python benchmarks/service_faults.py

oracle-browser: $(VENV)/.ready-dev $(VENV)/.ready-browser ## use the service's console in Chromium, in both languages (5 minutes)
	MODELWRIGHT_CHROMIUM=$(CHROMIUM) $(BIN)/python -m pytest -m oracle_browser $(PYTEST_FLAGS)

screenshots: $(VENV)/.ready-dev $(VENV)/.ready-browser ## take the pictures of docs/images again
	MODELWRIGHT_CHROMIUM=$(CHROMIUM) MODELWRIGHT_IMAGES=docs/images \
		$(BIN)/python -m pytest -m oracle_browser tests/browser/test_screenshots.py

oracle-torch: $(VENV)/.ready-dev $(TORCH_VENV)/.ready ## compare simplified exports with PyTorch (makes the models once, 3 minutes)
	MODELWRIGHT_ORACLE_CACHE=$(ORACLE_CACHE) $(TORCH_VENV)/bin/python tests/oracle/make_torch_models.py
	MODELWRIGHT_ORACLE_CACHE=$(ORACLE_CACHE) $(BIN)/python -m pytest -m oracle_torch $(PYTEST_FLAGS)

oracle-tensorrt: $(VENV)/.ready-dev $(TENSORRT_VENV)/.ready ## build engines with TensorRT-RTX
	MODELWRIGHT_TRT_PYTHON=$(TENSORRT_VENV)/bin/python $(BIN)/python -m pytest -m oracle_tensorrt $(PYTEST_FLAGS)

oracle-openapi: $(VENV)/.ready-dev $(SCHEMATHESIS_VENV)/.ready ## ask the service what its OpenAPI document allows, and what not
	MODELWRIGHT_SCHEMATHESIS=$(SCHEMATHESIS_VENV)/bin/st $(BIN)/python -m pytest -m oracle_openapi $(PYTEST_FLAGS)

oracle-paddle: $(VENV)/.ready-dev $(PADDLES:=/.ready) ## compare whole networks with Paddle 2.6 and 3.3 (makes them once)
	for paddle in $(PADDLES); do MODELWRIGHT_ORACLE_CACHE=$(ORACLE_CACHE) $$paddle/bin/python \
		tests/oracle/make_paddle_models.py || exit 1; done
	MODELWRIGHT_ORACLE_CACHE=$(ORACLE_CACHE) $(BIN)/python -m pytest -m oracle_paddle $(PYTEST_FLAGS)

bench-paddle: oracle-paddle $(PADDLE2ONNX_VENV)/.ready ## measure against paddle2onnx
	MODELWRIGHT_ORACLE_CACHE=$(ORACLE_CACHE) $(BIN)/python benchmarks/paddle_to_onnx.py

bench-paddle-tests: $(VENV)/.ready-dev $(CACHE)/venvs/paddle3/.ready $(PADDLE2ONNX_VENV)/.ready ## Paddle2ONNX's own tests
	$(BIN)/python benchmarks/paddle2onnx_tests.py

oracle-mindspore: $(VENV)/.ready-dev $(MINDSPORE_VENV)/.ready ## run MindIR files in MindSpore (5 minutes)
	MODELWRIGHT_MS_PYTHON=$(MINDSPORE_VENV)/bin/python $(BIN)/python -m pytest -m oracle_mindspore

bench-mindir: $(VENV)/.ready-dev $(MINDSPORE_VENV)/.ready ## the ONNX node tests as MindIR files
	MODELWRIGHT_MS_PYTHON=$(MINDSPORE_VENV)/bin/python $(BIN)/python benchmarks/mindir_node_tests.py
	MODELWRIGHT_ORACLE_CACHE=$(ORACLE_CACHE) MODELWRIGHT_MS_PYTHON=$(MINDSPORE_VENV)/bin/python \
		$(BIN)/python benchmarks/mindir_sources.py

bench-tensorrt: $(VENV)/.ready-dev $(TENSORRT_VENV)/.ready ## the ONNX node tests as TensorRT engines
	MODELWRIGHT_TRT_PYTHON=$(TENSORRT_VENV)/bin/python $(BIN)/python benchmarks/tensorrt_node_tests.py

bench-tflite: $(VENV)/.ready-dev $(TF_READY) ## the ONNX node tests and networks as TFLite, against onnx2tf and TFLiteConverter
	MODELWRIGHT_ORACLE_CACHE=$(ORACLE_CACHE) $(TF_PYTHON) tests/oracle/make_models.py mobilenet_v2 resnet50
	$(BIN)/python benchmarks/tflite_node_tests.py
	MODELWRIGHT_ORACLE_CACHE=$(ORACLE_CACHE) MODELWRIGHT_TF_PYTHON=$(TF_PYTHON) $(BIN)/python benchmarks/tflite_networks.py
	MODELWRIGHT_ORACLE_CACHE=$(ORACLE_CACHE) $(BIN)/python benchmarks/tflite_sources.py

bench-ascend: $(VENV)/.ready-dev ## the ONNX node tests as plans for Ascend's compiler
	$(BIN)/python benchmarks/ascend_node_tests.py

oracle-onnx: $(VENV)/.ready-dev ## simplify all of ONNX's backend tests and compare the answers
	$(BIN)/python -m pytest -m oracle_onnx $(PYTEST_FLAGS)

oracle-caffe: $(VENV)/.ready-dev $(CV_READY) ## compare Caffe networks with OpenCV (makes the models once, 5 minutes)
	MODELWRIGHT_ORACLE_CACHE=$(ORACLE_CACHE) $(CV_PYTHON) tests/oracle/make_caffe_models.py
	MODELWRIGHT_ORACLE_CACHE=$(ORACLE_CACHE) MODELWRIGHT_CV_PYTHON=$(CV_PYTHON) \
		$(BIN)/python -m pytest -m oracle_opencv $(PYTEST_FLAGS)

bench-caffe: $(VENV)/.ready-dev $(CV_READY) ## measure conversions of Caffe networks
	MODELWRIGHT_ORACLE_CACHE=$(ORACLE_CACHE) $(CV_PYTHON) tests/oracle/make_caffe_models.py
	MODELWRIGHT_ORACLE_CACHE=$(ORACLE_CACHE) $(BIN)/python benchmarks/caffe_to_onnx.py

bench-service: $(VENV)/.ready-dev ## the conversion service under load
	$(BIN)/python benchmarks/service_load.py

bench-simplify: $(VENV)/.ready-dev $(TORCH_VENV)/.ready $(SIMPLIFIERS:=/.ready) ## measure against onnxsim and onnxslim
	MODELWRIGHT_ORACLE_CACHE=$(ORACLE_CACHE) $(TORCH_VENV)/bin/python tests/oracle/make_torch_models.py
	MODELWRIGHT_ORACLE_CACHE=$(ORACLE_CACHE) $(BIN)/python benchmarks/simplify_models.py
	MODELWRIGHT_ORACLE_CACHE=$(ORACLE_CACHE) $(BIN)/python benchmarks/simplify_large.py
	$(BIN)/python benchmarks/simplify_light.py
	$(BIN)/python benchmarks/simplify_backend.py

bench-quantize: $(VENV)/.ready-dev $(TF_READY) $(TORCH_VENV)/.ready $(QUANTIZERS:=/.ready) ## measure against six quantizers (trains networks once, 10 minutes)
	MODELWRIGHT_ORACLE_CACHE=$(ORACLE_CACHE) $(TORCH_VENV)/bin/python -W ignore tests/oracle/make_quantization_models.py
	for part in accuracy detector tflite cost large; do MODELWRIGHT_ORACLE_CACHE=$(ORACLE_CACHE) \
		$(BIN)/python benchmarks/quantize_$$part.py || exit 1; done

bench-calibration-data: $(VENV)/.ready-dev ## what it costs to read calibration images
	$(BIN)/python benchmarks/calibration_data.py

bench-opset: $(VENV)/.ready-dev ## opset changes against onnx.version_converter
	$(BIN)/python benchmarks/opset_roundtrip.py

bench-locate: $(VENV)/.ready-dev ## how many of 200 faults are found, and in how many runs
	MODELWRIGHT_ORACLE_CACHE=$(ORACLE_CACHE) $(BIN)/python benchmarks/localise_faults.py

bench-check: $(VENV)/.ready-dev $(TENSORRT_VENV)/.ready ## verdicts of check against the engines (and OpenVINO, if it is there)
	$(BIN)/python benchmarks/check_targets.py --tensorrt $(TENSORRT_VENV)/bin/python \
		$(addprefix --openvino ,$(wildcard $(CACHE)/venvs/openvino/bin/python))
	MODELWRIGHT_TRT_PYTHON=$(TENSORRT_VENV)/bin/python \
		$(BIN)/python benchmarks/check_conversion.py --targets onnx,tflite,mindir,tensorrt,ascend

bench: bench-caffe bench-calibration-data bench-opset bench-locate bench-check bench-tflite bench-simplify bench-quantize bench-paddle bench-paddle-tests bench-ascend bench-tensorrt bench-mindir bench-service $(VENV)/.ready-dev $(TF_READY) $(PEER_READY) ## measure against tf2onnx, each in its own environment
	MODELWRIGHT_ORACLE_CACHE=$(ORACLE_CACHE) $(TF_PYTHON) tests/oracle/make_models.py mobilenet_v2 resnet50
	MODELWRIGHT_ORACLE_CACHE=$(ORACLE_CACHE) MODELWRIGHT_TF2ONNX_PYTHON=$(PEER_PYTHON) \
		$(BIN)/python benchmarks/tensorflow_to_onnx.py

lock: ## resolve the locked requirements again (needs uv; LOCK_FLAGS=--upgrade for newer versions)
	$(LOCK) --universal --python-version 3.11 pyproject.toml -o requirements.txt
	$(LOCK) --universal --python-version 3.11 pyproject.toml requirements-build.in --group dev -c requirements.txt \
		-o requirements-dev.txt
	$(LOCK) --universal --python-version 3.11 pyproject.toml --extra service -c requirements-dev.txt \
		-o requirements-service.txt
	$(LOCK) --python-version 3.12 --python-platform x86_64-manylinux_2_28 pyproject.toml --extra service --extra scale \
		-c requirements-dev.txt -o deploy/requirements.txt
	$(LOCK) --universal --python-version 3.11 requirements-browser.in -c requirements-dev.txt -o requirements-browser.txt
	$(LOCK) --universal --python-version 3.11 requirements-build.in -c requirements-dev.txt -o requirements-build.txt
	$(LOCK) --universal --python-version 3.11 tests/oracle/requirements.in -o tests/oracle/requirements.txt
	$(LOCK) --universal --python-version 3.11 tests/oracle/requirements-opencv.in \
		-o tests/oracle/requirements-opencv.txt
	$(LOCK) --python-version 3.11 --python-platform x86_64-manylinux_2_28 benchmarks/requirements.in \
		-o benchmarks/requirements.txt
	for peer in onnxsim onnxslim; do \
		$(LOCK) --python-version 3.11 --python-platform x86_64-manylinux_2_28 \
		benchmarks/requirements-$$peer.in -o benchmarks/requirements-$$peer.txt || exit 1; done

clean: ## remove the environment and what was built
	rm -rf $(VENV) build

$(VENV)/bin/python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed: none of python3, python3.11-13 is"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.ready: requirements.txt requirements-build.txt pyproject.toml | $(VENV)/bin/python
	$(PIP) $(LOCKED) requirements.txt -r requirements-build.txt
	$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.ready-dev: requirements-dev.txt $(VENV)/.ready
	$(PIP) $(LOCKED) requirements-dev.txt
	@touch $@

$(VENV)/.ready-service: requirements-service.txt $(VENV)/.ready
	$(PIP) $(LOCKED) requirements-service.txt
	@touch $@

$(VENV)/.ready-browser: requirements-browser.txt $(VENV)/.ready
	$(PIP) $(LOCKED) requirements-browser.txt
	@touch $@

$(TF_VENV)/.ready: tests/oracle/requirements.txt
	test -x $(TF_VENV)/bin/python || $(PYTHON) -m venv $(TF_VENV)
	$(TF_VENV)/bin/python -m pip --disable-pip-version-check --quiet $(LOCKED) $<
	@touch $@

$(OPENCV_VENV)/.ready: tests/oracle/requirements-opencv.txt
	test -x $(OPENCV_VENV)/bin/python || $(PYTHON) -m venv $(OPENCV_VENV)
	$(OPENCV_VENV)/bin/python -m pip --disable-pip-version-check --quiet $(LOCKED) $<
	@touch $@

$(PEER_VENV)/.ready: benchmarks/requirements.txt
	test -x $(PEER_VENV)/bin/python || $(PYTHON) -m venv $(PEER_VENV)
	$(PEER_VENV)/bin/python -m pip --disable-pip-version-check --quiet $(LOCKED) $<
	@touch $@

# PyTorch's build for processors alone has other hashes on every platform, so that this one is named by version.
$(TORCH_VENV)/.ready: tests/oracle/requirements-torch.txt
	test -x $(TORCH_VENV)/bin/python || $(PYTHON) -m venv $(TORCH_VENV)
	$(TORCH_VENV)/bin/python -m pip --disable-pip-version-check --quiet install -r $<
	@touch $@

$(MINDSPORE_VENV)/.ready: tests/oracle/requirements-mindspore.txt
	test -x $(MINDSPORE_VENV)/bin/python || $(PYTHON) -m venv $(MINDSPORE_VENV)
	$(MINDSPORE_VENV)/bin/python -m pip --disable-pip-version-check --quiet install -r $<
	@touch $@

$(SCHEMATHESIS_VENV)/.ready $(DEPLOY_VENV)/.ready: $(CACHE)/venvs/%/.ready: tests/oracle/requirements-%.txt
	test -x $(@D)/bin/python || $(PYTHON) -m venv $(@D)
	$(@D)/bin/python -m pip --disable-pip-version-check --quiet install -r $<
	@touch $@

$(MOTO_VENV)/.ready: tests/oracle/requirements-moto.txt
	test -x $(@D)/bin/python || $(PYTHON) -m venv $(@D)
	$(@D)/bin/python -m pip --disable-pip-version-check --quiet install -r $<
	@touch $@

$(TENSORRT_VENV)/.ready: tests/oracle/requirements-tensorrt.txt
	test -x $(TENSORRT_VENV)/bin/python || $(PYTHON) -m venv $(TENSORRT_VENV)
	$(TENSORRT_VENV)/bin/python -m pip --disable-pip-version-check --quiet install -r $<
	@touch $@

$(PADDLES:=/.ready): $(CACHE)/venvs/%/.ready: tests/oracle/requirements-%.txt
	test -x $(@D)/bin/python || $(PYTHON) -m venv $(@D)
	$(@D)/bin/python -m pip --disable-pip-version-check --quiet install -r $<
	@touch $@

$(PADDLE2ONNX_VENV)/.ready: benchmarks/requirements-paddle2onnx.txt
	test -x $(@D)/bin/python || $(PYTHON) -m venv $(@D)
	$(@D)/bin/python -m pip --disable-pip-version-check --quiet install -r $<
	@touch $@

$(QUANTIZERS:=/.ready): $(CACHE)/venvs/%/.ready: benchmarks/requirements-%.txt
	test -x $(@D)/bin/python || $(PYTHON) -m venv $(@D)
	$(@D)/bin/python -m pip --disable-pip-version-check --quiet install -r $<
	@touch $@

$(SIMPLIFIERS:=/.ready): $(CACHE)/venvs/%/.ready: benchmarks/requirements-%.txt
	test -x $(@D)/bin/python || $(PYTHON) -m venv $(@D)
	$(@D)/bin/python -m pip --disable-pip-version-check --quiet $(LOCKED) $<
	@touch $@
