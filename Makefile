# SPDX-License-Identifier: BSD-2-Clause
# Patchbay: `make run` and `make check` are the two commands; `make help` lists the rest.
#
# Every .c below net/, devices/, api/ and daemon/ goes into one archive (daemon/main.c aside), every
# tests/{unit,device}/test_*.c becomes a program linked with it. Nothing is listed by hand.

BUILD      ?= build
CC         ?= gcc
WERROR     ?= $(if $(CI),-Werror)
OPT        ?= -O2 -g
SANITIZE   ?=
V          ?=
Q          := $(if $(V),,@)

WARNINGS := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith -Wvla \
	    -Wformat=2 -Wimplicit-fallthrough -Wno-missing-field-initializers
CPPFLAGS += -I. -I$(BUILD)/gen -D_GNU_SOURCE
CFLAGS   += -std=gnu17 $(OPT) $(WARNINGS) $(WERROR) -fno-strict-aliasing -fstack-protector-strong \
	    $(if $(SANITIZE),-fsanitize=$(SANITIZE) -fno-sanitize-recover=all -fno-omit-frame-pointer)
LDFLAGS  += $(if $(SANITIZE),-fsanitize=$(SANITIZE))
# libslirp's .pc asks for glib's, which libslirp-dev does not install: plain -lslirp (its header needs no glib).
LDLIBS   := -lmicrohttpd -ljansson -lslirp -lseccomp -lcap-ng

SOURCES  := $(sort $(shell find net devices api daemon -name '*.c'))
LIB_SRC  := $(filter-out daemon/main.c,$(SOURCES))
GEN_SRC  := $(BUILD)/gen/openapi_gen.c $(BUILD)/gen/web_gen.c
LIB_OBJ  := $(LIB_SRC:%.c=$(BUILD)/obj/%.o) $(GEN_SRC:$(BUILD)/%.c=$(BUILD)/obj/%.o)
TEST_SUPPORT := $(sort $(wildcard tests/support/*.c))
TESTS    := $(patsubst %.c,$(BUILD)/%,$(sort $(wildcard tests/unit/test_*.c tests/device/test_*.c)))
NATIVE   := $(BUILD)/tests/bench/native
FUZZERS  := $(patsubst %.c,$(BUILD)/%,$(sort $(wildcard tests/fuzz/fuzz_*.c)))

.PHONY: all run check check-fast check-style demo bench soak asan ubsan fuzz cover format tidy docs \
	install clean help tests fuzzers deps screenshots

all: $(BUILD)/patchbayd

help:
	@echo 'make run         install what is missing, build, start patchbayd, print its URL'
	@echo 'make check       install what is missing, build, run every test'
	@echo 'make check-fast  unit, device and API tests only'
	@echo 'make demo        boot a small Linux guest on an emulated card'
	@echo 'make screenshots pictures of every view of the page, in build/screenshots'
	@echo 'make bench       compare with QEMU, side by side     (BENCH="pattern" picks)'
	@echo 'make fuzz        every fuzz target for FUZZ_SECONDS  (default 60) each'
	@echo 'make soak        the long loops'
	@echo 'make asan|ubsan  the daemon and the tests with a sanitizer, in build/asan, build/ubsan'
	@echo 'make format|tidy|cover|docs|install|clean'

deps:
	$(Q)scripts/deps build

run: deps
	$(Q)$(MAKE) --no-print-directory all
	$(BUILD)/patchbayd $(ARGS)

check:
	$(Q)scripts/deps all
	$(Q)tests/run all

check-fast:
	$(Q)scripts/deps build
	$(Q)tests/run fast

check-style:
	$(Q)scripts/check-style

demo: deps
	$(Q)scripts/deps guest
	$(Q)$(MAKE) --no-print-directory all
	$(Q)scripts/demo

bench: deps
	$(Q)scripts/deps guest
	$(Q)$(MAKE) --no-print-directory all $(NATIVE)
	$(Q)tests/bench/run $(BENCH)

screenshots: deps
	$(Q)scripts/deps web
	$(Q)$(MAKE) --no-print-directory all
	$(Q)tests/web/run --screenshots

asan:
	$(Q)$(MAKE) --no-print-directory BUILD=build/asan SANITIZE=address,undefined OPT='-O1 -g' all tests

ubsan:
	$(Q)$(MAKE) --no-print-directory BUILD=build/ubsan SANITIZE=undefined OPT='-O1 -g' all tests

tests: $(TESTS) $(NATIVE)
fuzzers: $(FUZZERS)

FUZZ_SECONDS ?= 60
fuzz:
	$(Q)$(MAKE) --no-print-directory BUILD=build/fuzz CC=clang SANITIZE=address,undefined,fuzzer-no-link \
		OPT='-O1 -g' fuzzers
	$(Q)tests/fuzz/run build/fuzz $(FUZZ_SECONDS)

soak: deps
	$(Q)scripts/deps guest
	$(Q)$(MAKE) --no-print-directory all
	$(Q)tests/run soak

cover:
	$(Q)$(MAKE) --no-print-directory BUILD=build/cover OPT='-O0 -g --coverage' LDFLAGS=--coverage tests
	$(Q)scripts/cover build/cover

format:
	$(Q)git ls-files '*.c' '*.h' | xargs clang-format -i

tidy: $(GEN_SRC)
	$(Q)git ls-files '*.c' | xargs -P2 -n8 clang-tidy --quiet -- -std=gnu17 $(CPPFLAGS)

MODELS := e1000 rtl8139 rtl8139c
docs: all
	$(Q)$(foreach model,$(MODELS),$(BUILD)/patchbayd --dump-registers $(model) > docs/registers-$(model).md &&) :

PREFIX ?= /usr/local
install: all
	install -D -m 755 $(BUILD)/patchbayd $(DESTDIR)$(PREFIX)/sbin/patchbayd
	install -D -m 644 docs/patchbayd.8 $(DESTDIR)$(PREFIX)/share/man/man8/patchbayd.8

clean:
	rm -rf $(BUILD)

$(BUILD)/patchbayd: $(BUILD)/obj/daemon/main.o $(BUILD)/libpatchbay.a
	@echo '  LD  $@'
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS)

$(BUILD)/libpatchbay.a: $(LIB_OBJ)
	@echo '  AR  $@'
	$(Q)rm -f $@ && ar rcs $@ $^

$(BUILD)/obj/%.o: %.c Makefile | $(GEN_SRC)
	@mkdir -p $(@D)
	@echo '  CC  $<'
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/obj/gen/%.o: $(BUILD)/gen/%.c
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -c -o $@ $<

# openapi.yaml -> C: the embedded text, its JSON form, the route table (scripts/spec2c.c).
$(BUILD)/gen/spec2c: scripts/spec2c.c scripts/c_string.h
	@mkdir -p $(@D)
	@echo '  CC  $<'
	$(Q)cc -std=gnu17 -D_GNU_SOURCE -I. -O1 -g -Wall -Wextra -o $@ $< -lyaml -ljansson

$(BUILD)/gen/openapi_gen.c $(BUILD)/gen/openapi_gen.h $(BUILD)/gen/openapi_routes.h &: openapi.yaml $(BUILD)/gen/spec2c
	@echo '  GEN $@'
	$(Q)$(BUILD)/gen/spec2c openapi.yaml $(BUILD)/gen

# web/ -> C: the page's files, embedded (scripts/web2c.c).
$(BUILD)/gen/web2c: scripts/web2c.c scripts/c_string.h
	@mkdir -p $(@D)
	@echo '  CC  $<'
	$(Q)cc -std=gnu17 -D_GNU_SOURCE -I. -O1 -g -Wall -Wextra -o $@ $<

WEB_FILES := $(sort $(wildcard web/*.html web/*.css web/*.js web/*.json web/*.svg))
$(BUILD)/gen/web_gen.c: $(WEB_FILES) $(BUILD)/gen/web2c
	@echo '  GEN $@'
	$(Q)$(BUILD)/gen/web2c $@ $(WEB_FILES)

# A fuzz target is linked with libFuzzer under `make fuzz`, else with a main() that replays its corpus.
FUZZ_MAIN := $(if $(findstring fuzzer,$(SANITIZE)),,$(BUILD)/obj/tests/fuzz/replay.o)
$(BUILD)/tests/fuzz/fuzz_%: $(BUILD)/obj/tests/fuzz/fuzz_%.o $(FUZZ_MAIN) $(TEST_SUPPORT:%.c=$(BUILD)/obj/%.o) $(BUILD)/libpatchbay.a
	@mkdir -p $(@D)
	@echo '  LD  $@'
	$(Q)$(CC) $(CFLAGS) $(subst fuzzer-no-link,fuzzer,$(LDFLAGS)) -o $@ $^ $(LDLIBS) -lcmocka

# The native benchmark is one program, with a driver for each chip.
$(NATIVE): $(patsubst %.c,$(BUILD)/obj/%.o,$(sort $(wildcard tests/bench/native*.c))) \
	   $(TEST_SUPPORT:%.c=$(BUILD)/obj/%.o) $(BUILD)/libpatchbay.a
	@mkdir -p $(@D)
	@echo '  LD  $@'
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS) -lcmocka

$(BUILD)/tests/%: $(BUILD)/obj/tests/%.o $(TEST_SUPPORT:%.c=$(BUILD)/obj/%.o) $(BUILD)/libpatchbay.a
	@mkdir -p $(@D)
	@echo '  LD  $@'
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS) -lcmocka

.SECONDARY:
-include $(shell find $(BUILD)/obj -name '*.d' 2>/dev/null)
