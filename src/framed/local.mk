# What module authors need: the header, and where to find it.
framedincludedir = $(includedir)/framed
framedinclude_HEADERS = %D%/module.h
pkgconfig_DATA = %D%/framed.pc
