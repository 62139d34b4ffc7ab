# wgreconcile: every task a person or CI runs. `make help` lists them.

CC ?= cc
PREFIX ?= /usr/local
BUILD ?= build
WERROR ?= -Werror
CFLAGS ?= -O2 -g
PKGS := libmnl yaml-0.1 jansson libcares
SANITIZE ?=

ALL_CFLAGS = -std=gnu11 -Wall -Wextra $(WERROR) -Wmissing-prototypes -Wstrict-prototypes -Wshadow \
	-Wpointer-arith -Wwrite-strings -Wformat-security -Wvla -D_GNU_SOURCE -D_FORTIFY_SOURCE=2 \
	-fstack-protector-strong -MMD -MP $(PKG_CFLAGS) $(CFLAGS) $(SANITIZE)
ALL_LDFLAGS = $(LDFLAGS) $(SANITIZE) -Wl,--as-needed
PKG_CFLAGS = $(shell pkg-config --cflags $(PKGS))
PKG_LIBS = $(shell pkg-config --libs $(PKGS))

sources = $(filter-out %_test.c,$(wildcard reconcile/$(1)/*.c))
objects = $(patsubst %.c,$(BUILD)/%.o,$(call sources,$(1)))
CORE := $(call objects,core)
SYSTEM := $(call objects,system)
CLI := $(call objects,cli)
UNIT_TESTS := $(patsubst %.c,$(BUILD)/%,$(wildcard reconcile/*/*_test.c))

all: $(BUILD)/wgreconcile ## build wgreconcile

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# What the program and its tests share. An archive, so that a test of the pure
# core is linked without the shell.
LIB := $(BUILD)/libwgreconcile.a
TEST_SUPPORT := $(patsubst %,$(BUILD)/reconcile/test/%.o,unit_main world)

$(LIB): $(filter-out %/main.o,$(CLI)) $(SYSTEM) $(CORE)
	@rm -f $@
	$(AR) rcs $@ $^

$(BUILD)/wgreconcile: $(BUILD)/reconcile/cli/main.o $(LIB)
	$(CC) $(ALL_LDFLAGS) -o $@ $^ $(PKG_LIBS)

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -c -o $@ $<

$(UNIT_TESTS): $(BUILD)/%: $(BUILD)/%.o $(TEST_SUPPORT) $(LIB)
	$(CC) $(ALL_LDFLAGS) -o $@ $^ $(PKG_LIBS) $(shell pkg-config --libs check)

.PHONY: all help
-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
