# What module authors get: an example that is installed, built from there only,
# and what loads and what does not.
exampledir = $(docdir)/examples/counter
dist_example_DATA = \
	%D%/counter/Makefile \
	%D%/counter/README \
	%D%/counter/counter.c \
	%D%/counter/test_counter.c
dist_check_SCRIPTS += %D%/abi.tap %D%/kit.tap
TESTS += %D%/abi.tap %D%/kit.tap
