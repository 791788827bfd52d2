# Units are made here, not by configure, which would leave ${exec_prefix} in them.
EXTRA_DIST += %D%/framed.service.in %D%/framed.sysusers
CLEANFILES += %D%/framed.service

%D%/framed.service: %D%/framed.service.in Makefile
	$(AM_V_GEN)$(MKDIR_P) %D% && \
	    sed -e 's|@sbindir[@]|$(sbindir)|g' \
	        -e 's|@sysconfdir[@]|$(sysconfdir)|g' \
	        $(srcdir)/%D%/framed.service.in >$@.new && mv $@.new $@

if WITH_UNITS
nodist_systemdsystemunit_DATA = %D%/framed.service
dist_systemdsystemunit_DATA = %D%/framed.socket
endif
if WITH_SYSUSERS
install-data-hook:
	$(MKDIR_P) "$(DESTDIR)$(sysusersdir)"
	$(INSTALL_DATA) $(srcdir)/%D%/framed.sysusers \
	    "$(DESTDIR)$(sysusersdir)/framed.conf"

uninstall-hook:
	rm -f "$(DESTDIR)$(sysusersdir)/framed.conf"
endif
