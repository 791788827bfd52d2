# What module authors need: the headers, and where to find them.
framedincludedir = $(includedir)/framed
framedinclude_HEADERS = %D%/fake.h %D%/module.h
pkgconfig_DATA += %D%/framed.pc
