# The commands of this repository. Each sets up what it needs; what is done already takes no time.
.DEFAULT_GOAL := help

BIN := .venv/bin
READY := .build/ready
# What the stamp can't know: an environment was removed, or the cache that the engine's link leads to.
MADE := .venv/.complete .venv-lowest/.complete .build/engine/pulumi
GONE := $(filter-out $(wildcard $(MADE)),$(MADE))

.PHONY: help
help:  ## this list
	@sed -n 's/^\([a-z]*\):.*  ## \(.*\)/\1|\2/p' Makefile | awk -F'|' '{printf "make %-8s%s\n", $$1, $$2}'

.PHONY: setup
setup: $(READY)  ## get the Python environments and the Pulumi engine

$(READY): pyproject.toml scripts/environment.py scripts/engine.py $(wildcard engine/*/go.*) $(if $(GONE),always)
	@python=$$(scripts/find-python) && "$$python" scripts/environment.py
	@$(BIN)/python scripts/engine.py
	@touch $@

.PHONY: always
always:

.PHONY: env
env: $(READY)  ## print what puts engine and environment into your shell: eval "$(make env)"
	@$(BIN)/python scripts/local_pulumi.py

.PHONY: demo
demo: $(READY)  ## a real preview, up, change and destroy of the quickstart, against the fake cloud
	@$(BIN)/python scripts/demo.py

.PHONY: test
test: $(READY)  ## all tests (four at a time: half of their time they wait for the engine)
	@$(BIN)/pytest -n 4 --dist worksteal

.PHONY: sweep
sweep: $(READY)  ## kill and disturb the engine at every moment; count what is lost or doubled
	@PYTHONPATH=tests/engine:tests/provider $(BIN)/python tests/sweep

MINUTES := 60
.PHONY: soak
soak: $(READY)  ## random programs, kills and full disks on the real engine for MINUTES=60
	@PYTHONPATH=tests/engine:tests/provider $(BIN)/python tests/sweep --soak $(MINUTES)

.PHONY: bench
bench: $(READY)  ## how fast, how quiet: beside a provider that does nothing; the fake beside moto
	@echo "what is measured beside, and what draws …"; $(BIN)/python -m pip install --quiet --group bench
	@$(BIN)/python benchmarks/fake/bench.py --json .build/bench-fake.json
	@$(BIN)/python benchmarks/validation/preview.py --rounds 1
	@$(BIN)/python benchmarks/speed/bench.py $(BENCH) \
		--json docs/performance.json --svg docs/performance.svg --page docs/performance.md; \
		reached=$$?; $(BIN)/python scripts/pages.py; exit $$reached

.PHONY: pythons
pythons: $(READY)  ## tests on every supported Python that this machine has
	@$(BIN)/python scripts/pythons.py

PART := rules
.PHONY: mutants
mutants: $(READY)  ## plant 300 small mistakes in PART=rules, diff or tokens, and count those that no test finds
	@$(BIN)/python scripts/mutants.py $(PART)

.PHONY: lint
lint: $(READY)  ## style, types, layers, and generated pages that are current
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy
	@$(BIN)/mypy scripts __main__.py
	@$(BIN)/python scripts/examples.py
	@$(BIN)/lint-imports
	@$(BIN)/python scripts/pages.py --check
	@$(BIN)/pip-licenses --python .venv-lowest/bin/python >/dev/null

.PHONY: docs
docs: $(READY)  ## write the generated pages and pictures, and build the documentation into .build/docs
	@$(BIN)/python -m pip install --quiet --group docs
	@$(BIN)/python scripts/pages.py
	@$(BIN)/python scripts/pictures.py
	@$(BIN)/python -m sphinx --fail-on-warning --keep-going --nitpicky --fresh-env --quiet docs .build/docs
	@echo "The documentation is in .build/docs/index.html."
