# For other repositories: include this file to compile your own schemas with a checkout of L9 Codegen.
#
#   CODEGEN_HOME := third_party/l9-codegen
#   CODEGEN_INPUTS := schemas
#   CODEGEN_OUT := build/agents
#   include $(CODEGEN_HOME)/codegen.mk
#
# then `make codegen`, `make codegen-list`, `make codegen-clean`.

CODEGEN_HOME ?= .
CODEGEN_INPUTS ?= input_schemas
CODEGEN_OUT ?= extractions
CODEGEN_CACHE ?= .codegen

_CODEGEN_ENV = CODEGEN_INPUTS="$(abspath $(CODEGEN_INPUTS))" CODEGEN_OUT="$(abspath $(CODEGEN_OUT))" \
	CODEGEN_CACHE="$(abspath $(CODEGEN_CACHE))"

.PHONY: codegen codegen-list codegen-clean
codegen:
	@$(_CODEGEN_ENV) $(MAKE) --no-print-directory -C $(CODEGEN_HOME) build
codegen-list:
	@$(_CODEGEN_ENV) $(MAKE) --no-print-directory -C $(CODEGEN_HOME) list
codegen-clean:
	@$(_CODEGEN_ENV) $(MAKE) --no-print-directory -C $(CODEGEN_HOME) clean
