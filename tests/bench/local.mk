# Measurements, run by hand.
EXTRA_DIST += \
	%D%/README.md \
	%D%/common.py \
	%D%/idle \
	%D%/syscalls
