# Two commands do everything, set-up included: make build, make test.
PYTHON ?= python3
BIN := .venv/bin
# Versions of what our packages need in turn are said too.
INSTALL := $(BIN)/python -m pip install --quiet --constraint constraints.txt
# The oldest driver that must read the published file, in a folder of its own.
OLD_DRIVER := .venv/duckdb-1.4
# Superset pins older versions of much that we use.
SUPERSET := .venv/superset

.PHONY: build build-spark test test-bi test-spark superset audit lint format catalogues clean

build: .venv/installed
	$(BIN)/churn build

# The same with Spark for what is heavy; needs Java 17 and a Parquet source: make build-spark SOURCE=bank.parquet
build-spark: .venv/installed-spark
	$(BIN)/churn build --source $(SOURCE) --spark spark

# The sample, whatever .env says.
SAMPLE := CHURN_SOURCE= CHURN_MAPPING= CHURN_ENCODING=

# Every check. dbt builds the sample with all its tests, in a warehouse of its own.
test: .venv/installed-dev $(OLD_DRIVER) lint
	$(BIN)/python -m pytest -n auto
	$(SAMPLE) CHURN_WAREHOUSE=target/test_work.duckdb $(BIN)/dbt build --quiet
	@echo "All checks passed."

# What BI tools need of their own, which takes one and a half gigabytes.
test-bi: .venv/installed-dev .venv/installed-bi $(SUPERSET)/installed
	$(BIN)/python -m pytest tests/bi

# Spark on a master and two workers on this machine: half a gigabyte to install, and Java 17.
test-spark: .venv/installed-dev .venv/installed-spark
	$(BIN)/python -m pytest tests/spark

# Apache Superset with the board over the published file, on this machine only.
superset: $(SUPERSET)/installed
	$(SUPERSET)/bin/python dashboards/superset/serve.py

# Which of our versions were withdrawn by their makers, and which are old.
audit: .venv/installed-dev
	$(INSTALL) --dry-run --ignore-installed --no-deps --requirement requirements.txt \
		--requirement requirements-dev.txt --requirement requirements-tableau.txt \
		--requirement constraints.txt
	$(BIN)/python -m pip list --outdated

lint: .venv/installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(SAMPLE) CHURN_WAREHOUSE=target/lint_work.duckdb $(BIN)/sqlfluff lint models tests/sql analyses

format: .venv/installed-dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean:
	rm -rf .venv .superset target logs spark churn.duckdb churn_work.duckdb *.duckdb.lock churn.hyper churn_csv report *.egg-info

.venv/installed: requirements.txt constraints.txt pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or later is needed: make PYTHON=python3.12")'
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(INSTALL) --editable .
	touch $@

.venv/installed-dev: .venv/installed requirements-dev.txt
	$(INSTALL) --requirement requirements-dev.txt
	touch $@

.venv/installed-bi: requirements-tableau.txt requirements-bi.txt
	$(INSTALL) --requirement requirements-tableau.txt --requirement requirements-bi.txt
	touch $@

.venv/installed-spark: .venv/installed requirements-spark.txt
	$(INSTALL) --requirement requirements-spark.txt
	touch $@

$(OLD_DRIVER):
	$(BIN)/python -m pip install --quiet --target $@ duckdb==1.4.0

$(SUPERSET)/installed: requirements-superset.txt constraints-superset.txt | .venv/installed
	test -x $(SUPERSET)/bin/python || $(BIN)/python -m venv $(SUPERSET)
	$(SUPERSET)/bin/python -m pip install --quiet --upgrade pip
	$(SUPERSET)/bin/python -m pip install --quiet --constraint constraints-superset.txt --requirement requirements-superset.txt
	touch $@

# New texts into the catalogues, for translation.
catalogues: .venv/installed
	mkdir -p target
	$(BIN)/pybabel --quiet extract --mapping pyproject.toml --keyword "N_ text count:1,2" --no-location --omit-header --output target/messages.pot python_steps
	for file in python_steps/common/locale/*.po; do \
		$(BIN)/pybabel --quiet update --no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date --width 100 --input-file target/messages.pot --output-file $$file --locale $$(basename $$file .po); \
	done
