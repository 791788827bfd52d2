# An operator's framed.conf is never overwritten, and only removed when it is
# still ours.
installed_conf = $(DESTDIR)$(sysconfdir)/framed/framed.conf

EXTRA_DIST += %D%/demo.conf %D%/framed.conf
examplesdir = $(docdir)/examples
dist_examples_DATA = %D%/examples/framed.conf %D%/examples/haproxy.cfg \
	%D%/examples/nginx.conf

install-data-local:
	$(MKDIR_P) "$(DESTDIR)$(sysconfdir)/framed"
	test -e "$(installed_conf)" || \
	    $(INSTALL_DATA) $(srcdir)/%D%/framed.conf "$(installed_conf)"

uninstall-local:
	if cmp -s $(srcdir)/%D%/framed.conf "$(installed_conf)"; then \
	    rm -f "$(installed_conf)"; fi
