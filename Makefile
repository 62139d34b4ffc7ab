# wgreconcile: every task a person or CI runs. `make help` lists them.

CC ?= cc
AR ?= ar
BUILD ?= build
CPPFLAGS ?=
CFLAGS ?= -O2 -g
LDFLAGS ?=
SANITIZE ?=
# Warnings are errors in CI and in `make lint`, or with WERROR=-Werror. Another compiler may have more warnings.
WERROR ?= $(if $(filter-out 0 no false,$(CI)),-Werror)
# Each program is linked only with the libraries that it uses. libsodium makes public keys, for both.
PKGS := libmnl yaml-0.1 jansson libcares libsodium libmd

# Directories of `make install`.
prefix ?= /usr/local
DESTDIR ?=
sbindir ?= $(prefix)/sbin
bindir ?= $(prefix)/bin
mandir ?= $(prefix)/share/man
docdir ?= $(prefix)/share/doc/wgreconcile
schemadir ?= $(prefix)/share/wgreconcile
completiondir ?= $(prefix)/share/bash-completion/completions
unitdir ?= $(prefix)/lib/systemd/system
simdir ?= $(prefix)/share/wgsim

VERSION := 0.1.0
KERNEL_PATCHES := $(wildcard sim/kernel/patches/*.patch sim/kernel/patches/*/*.patch)
UNITS := $(patsubst %.in,%,$(notdir $(wildcard reconcile/package/systemd/*.in)))

WARNINGS := -Wall -Wextra $(WERROR) -Wmissing-prototypes -Wstrict-prototypes -Wshadow \
	-Wpointer-arith -Wwrite-strings -Wformat-security -Wvla
# Checked copies. They need optimisation, hide errors from the sanitizers, and may be chosen by a package build.
FORTIFY = $(if $(SANITIZE)$(findstring _FORTIFY_SOURCE,$(CPPFLAGS) $(CFLAGS)),,$(if \
	$(filter-out -O0,$(filter -O%,$(CFLAGS))),-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2))
ALL_CFLAGS = -std=gnu11 $(WARNINGS) -D_GNU_SOURCE -D_TIME_BITS=64 -D_FILE_OFFSET_BITS=64 \
	-DVERSION='"$(VERSION)"' -DSIMDIR='"$(simdir)"' -fstack-protector-strong $(FORTIFY) \
	$(INCLUDES) -MMD -MP $(PKG_CFLAGS) $(CPPFLAGS) $(CFLAGS) $(SANITIZE)
ALL_LDFLAGS = $(LDFLAGS) $(SANITIZE) -Wl,--as-needed -Wl,-z,relro -Wl,-z,now
# Headers are included from the roots, "base/arena.h", and by name within a directory.
INCLUDES = $(if $(filter sim/%,$<),-Isim) -Ireconcile
# Evaluated once, on first use: in `make deps all` that is after deps has installed it.
PKG_CFLAGS = $(eval PKG_CFLAGS := $(shell pkg-config --cflags $(PKGS)))$(PKG_CFLAGS)
PKG_LIBS = $(eval PKG_LIBS := $(shell pkg-config --libs $(PKGS)) -lm)$(PKG_LIBS)
CHECK_LIBS = $(eval CHECK_LIBS := $(shell pkg-config --libs check))$(CHECK_LIBS)

# V=1 shows the commands.
Q := $(if $(V),,@)
say = @printf '  %-7s %s\n' $(1) $(patsubst $(BUILD)/%,%,$(2))

# The directories of a program with its code.
directories = $(sort $(dir $(foreach level,*/*.c */*/*.c,$(wildcard $(1)/$(level)))))
code = $(foreach directory,$(filter-out $(1)/test/% $(1)/bench/%,$(call directories,$(1))),$(wildcard $(directory)*.c))
objects = $(patsubst %.c,$(BUILD)/%.o,$(filter-out %_test.c %/main.c,$(call code,$(1))))
# Shared by the program and its tests. An archive, so that a test of the pure
# core is linked without the shell.
LIB := $(BUILD)/libwgreconcile.a
LIB_OBJECTS := $(call objects,reconcile)
SIM_LIB := $(BUILD)/libwgsim.a
SIM_OBJECTS := $(call objects,sim)
# These create networks, as root.
WORLD_TESTS := $(BUILD)/sim/world/world_test
UNIT_TESTS := $(filter-out $(WORLD_TESTS),$(patsubst %.c,$(BUILD)/%,$(filter %_test.c,$(call code,reconcile) $(call code,sim))))
TEST_SUPPORT := $(patsubst %,$(BUILD)/reconcile/test/%.o,unit_main world fixture)
TEST_PROGRAMS := $(BUILD)/reconcile/test/parse_file $(BUILD)/reconcile/test/print_files \
	$(BUILD)/reconcile/test/make_facts $(BUILD)/sim/test/read_scenario
FUZZERS := $(patsubst %.c,$(BUILD)/fuzz/%,$(notdir $(wildcard reconcile/test/fuzz_*.c sim/test/fuzz_*.c)))

# Even with -j nothing is built before its dependencies are installed.
deps_first := $(filter deps deps-build,$(MAKECMDGOALS))

all: $(BUILD)/wgreconcile $(BUILD)/wgsim ## build wgreconcile and wgsim

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-12s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

$(LIB): $(LIB_OBJECTS)
$(SIM_LIB): $(SIM_OBJECTS)
$(LIB) $(SIM_LIB):
	$(call say,AR,$@)
	$(Q)rm -f $@ && $(AR) rcs $@ $^

$(BUILD)/wgreconcile: $(BUILD)/reconcile/cli/main.o $(LIB)
	$(call say,LINK,$@)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(PKG_LIBS)

# The same program for the time-travel kernel, where it is started tens of thousands of times, and opening and mapping a
# library is slow: those that Debian has archives of are linked in (of libmnl it has none).
$(BUILD)/wgreconcile-lean: $(BUILD)/reconcile/cli/main.o $(LIB)
	$(call say,LINK,$@)
	$(Q)$(CC) $(ALL_LDFLAGS) -no-pie -Wl,-z,noseparate-code -s -o $@ $^ \
		-Wl,-Bstatic $$(pkg-config --libs yaml-0.1 jansson libcares libsodium libmd) -Wl,-Bdynamic $$(pkg-config --libs libmnl)

$(BUILD)/wgsim: $(BUILD)/sim/cli/main.o $(SIM_LIB) $(LIB)
	$(call say,LINK,$@)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(PKG_LIBS)

$(BUILD)/%.o: %.c | $(deps_first)
	$(call say,CC,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) -c -o $@ $<

$(UNIT_TESTS) $(WORLD_TESTS): $(BUILD)/%: $(BUILD)/%.o $(TEST_SUPPORT) $(SIM_LIB) $(LIB)
	$(call say,LINK,$@)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(PKG_LIBS) $(CHECK_LIBS)

$(TEST_PROGRAMS) $(BUILD)/reconcile/bench/bench_facts: %: %.o $(SIM_LIB) $(LIB)
	$(call say,LINK,$@)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(PKG_LIBS)

$(BUILD)/lab-enter: sim/lab_enter.c | $(deps_first)
	$(call say,LINK,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) -std=gnu11 $(WARNINGS) -D_GNU_SOURCE -O2 -static -o $@ $<

# Preloaded by the integration test of failing allocations.
$(BUILD)/reconcile/test/failing_malloc.so: reconcile/test/failing_malloc.c | $(deps_first)
	$(call say,LINK,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) -std=gnu11 $(WARNINGS) -D_GNU_SOURCE -O2 -fPIC -shared -o $@ $<

# Dependencies of the goals besides `deps`, as purposes of ci/deps.list. Without such a goal: everything.
need_build := all install deps-build
need_demo := demo
need_tests := check unit corpus integration simulator bench valgrind sanitize fuzz fuzzers
need_kernel := kernel
need_lint := lint format
goals := $(filter-out deps,$(MAKECMDGOALS))
PURPOSES := $(sort $(if $(filter $(need_build),$(goals)),build) \
	$(if $(filter $(need_demo),$(goals)),build demo) \
	$(if $(filter $(need_kernel),$(goals)),build kernel) \
	$(if $(filter $(need_tests),$(goals)),build demo test report kernel) \
	$(if $(filter valgrind sanitize fuzz fuzzers,$(goals)),analysis) \
	$(if $(filter $(need_lint),$(goals)),build analysis lint))

deps: ## install what the other goals of the same command need, or everything (Debian, as root)
	$(Q)sh ci/deps.sh $(PURPOSES)

deps-build: ## install what building needs, and nothing else
	$(Q)sh ci/deps.sh build

# What the tests run is built first, with all processors. All of them are run even when one fails; the tally decides
# the result.
check: | $(deps_first) ## run all tests; needs `make deps` once
	$(Q)rm -rf $(BUILD)/results
	$(Q)status=0; \
	$(MAKE) --no-print-directory -k -j$$(nproc) all $(BUILD)/wgreconcile-lean $(BUILD)/lab-enter \
		$(UNIT_TESTS) $(WORLD_TESTS) $(TEST_PROGRAMS) || status=1; \
	$(MAKE) --no-print-directory -k unit corpus integration simulator || status=1; \
	sh ci/tally.sh $(BUILD) $$status

unit: $(UNIT_TESTS) ## run the unit tests
	$(Q)sh reconcile/test/run_unit.sh $(BUILD) $(UNIT_TESTS)

corpus: all $(TEST_PROGRAMS) ## schemas, and a second decoder of facts, accept and reject what the program does
	$(Q)sh reconcile/test/run_corpus.sh $(BUILD)

integration: all kernel ## run the integration tests, in the time-travel kernel and here
	$(Q)sh reconcile/test/run_integration.sh $(BUILD)

simulator: all kernel $(WORLD_TESTS) $(BUILD)/wgreconcile-lean ## run the simulator's tests and the library of scenarios
	$(Q)sh sim/test/run_simulator.sh $(BUILD)

kernel: | $(deps_first) ## build the time-travel kernel (cached outside the tree); LINUX=7.2 builds a newer one
	$(Q)$(if $(LINUX),WGR_LINUX=$(LINUX)) sh sim/kernel/build.sh >/dev/null

sanitize: ## the unit tests under AddressSanitizer and UBSan
	$(Q)$(MAKE) --no-print-directory BUILD=$(BUILD)/sanitize CFLAGS='-O1 -g' \
		SANITIZE='-fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer' \
		WERROR= unit

VALGRIND_TESTS ?= $(UNIT_TESTS)

valgrind: $(VALGRIND_TESTS) ## the unit tests under valgrind
	$(Q)VALGRIND=1 sh reconcile/test/run_unit.sh $(BUILD) $(VALGRIND_TESTS)

fuzz: ## fuzz every parser for FUZZ_SECONDS each (default 20)
	$(Q)$(MAKE) --no-print-directory BUILD=$(BUILD)/fuzzing CC=clang CFLAGS='-O1 -g' \
		SANITIZE='-fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all' fuzzers
	$(Q)sh reconcile/test/run_fuzz.sh $(BUILD)/fuzzing

fuzzers: $(FUZZERS)

link_fuzzer = $(Q)mkdir -p $(@D) && $(CC) $(ALL_LDFLAGS) -fsanitize=fuzzer -o $@ $^ $(PKG_LIBS)

$(BUILD)/fuzz/%: $(BUILD)/reconcile/test/%.o $(LIB)
	$(call say,LINK,$@)
	$(link_fuzzer)

$(BUILD)/fuzz/%: $(BUILD)/sim/test/%.o $(SIM_LIB) $(LIB)
	$(call say,LINK,$@)
	$(link_fuzzer)

bench: all kernel $(BUILD)/wgreconcile-lean $(BUILD)/reconcile/bench/bench_facts ## measure against wg syncconf, ip -batch, bird in the same run; and the simulator
	$(Q)sh reconcile/bench/bench.sh $(BUILD)
	$(Q)$(BUILD)/reconcile/bench/bench_facts
	$(Q)sh reconcile/bench/bench_routes.sh $(BUILD) $(if $(SMALL),small,full)
	$(Q)sh sim/test/bench.sh $(BUILD)

demo: all ## one client, four gateways, a failover, as it happens
	$(Q)WGRECONCILE=$(abspath $(BUILD))/wgreconcile sh sim/demo.sh

lint: | $(deps_first) ## formatting, static analysis, the rules of CONTRIBUTING.md
	$(Q)sh ci/lint.sh

format: ## format the sources
	$(Q)clang-format -i $$(git ls-files '*.c' '*.h')

install: all ## install to DESTDIR and prefix
	install -D -m 755 $(BUILD)/wgreconcile $(DESTDIR)$(sbindir)/wgreconcile
	install -D -m 755 $(BUILD)/wgsim $(DESTDIR)$(bindir)/wgsim
	install -d $(DESTDIR)$(mandir)/man5 $(DESTDIR)$(mandir)/man8 $(DESTDIR)$(completiondir) \
		$(DESTDIR)$(unitdir) $(DESTDIR)$(schemadir) $(DESTDIR)$(docdir) \
		$(sort $(patsubst sim/%,$(DESTDIR)$(simdir)/%,$(dir $(KERNEL_PATCHES))))
	install -m 644 $(wildcard reconcile/man/*.5 sim/man/*.5) $(DESTDIR)$(mandir)/man5
	install -m 644 $(wildcard reconcile/man/*.8 sim/man/*.8) $(DESTDIR)$(mandir)/man8
	install -m 644 reconcile/package/completion/wgreconcile.bash $(DESTDIR)$(completiondir)/wgreconcile
	install -m 644 reconcile/package/completion/wgsim.bash $(DESTDIR)$(completiondir)/wgsim
	install -m 644 reconcile/package/completion/_wgreconcile_functions $(DESTDIR)$(completiondir)
	for unit in $(UNITS); do \
		sed 's|@sbindir@|$(sbindir)|g' reconcile/package/systemd/$$unit.in > $(DESTDIR)$(unitdir)/$$unit || exit 1; \
		chmod 644 $(DESTDIR)$(unitdir)/$$unit; \
	done
	install -m 644 schema/*.json $(DESTDIR)$(schemadir)
	install -m 755 sim/guest.sh $(DESTDIR)$(simdir)
	install -m 755 sim/kernel/*.sh $(DESTDIR)$(simdir)/kernel
	install -m 644 sim/kernel/config $(DESTDIR)$(simdir)/kernel
	for patch in $(KERNEL_PATCHES); do \
		install -m 644 $$patch $(DESTDIR)$(simdir)/$${patch#sim/} || exit 1; \
	done
	install -m 644 README.md reconcile/package/systemd/wgreconcile.cron reconcile/example/*.yaml $(DESTDIR)$(docdir)
	cp -R scenarios $(DESTDIR)$(docdir)

uninstall: ## remove what install put there
	rm -f $(DESTDIR)$(sbindir)/wgreconcile $(DESTDIR)$(bindir)/wgsim \
		$(addprefix $(DESTDIR)$(mandir)/man5/,$(notdir $(wildcard reconcile/man/*.5 sim/man/*.5))) \
		$(addprefix $(DESTDIR)$(mandir)/man8/,$(notdir $(wildcard reconcile/man/*.8 sim/man/*.8))) \
		$(addprefix $(DESTDIR)$(completiondir)/,wgreconcile wgsim _wgreconcile_functions) \
		$(addprefix $(DESTDIR)$(unitdir)/,$(UNITS))
	rm -rf $(DESTDIR)$(schemadir) $(DESTDIR)$(docdir) $(DESTDIR)$(simdir)

clean: ## remove the build directory
	rm -rf $(BUILD)

.PHONY: all help deps deps-build check unit corpus integration simulator kernel sanitize valgrind fuzz fuzzers bench demo \
	lint format install uninstall clean
.SECONDARY:
-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
