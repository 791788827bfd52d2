/* Giving up what root can do. */
#include "core/privileges.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <stdbool.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/log.h"

/* Finds the ids of the configured names. */
static int
find_ids(const struct conf *conf, uid_t *uid_out, gid_t *gid_out)
{
	const struct passwd *user = getpwnam(conf->user);
	const struct group *group;

	if (user == NULL) {
		log_errorx("no such user user=%s", conf->user);
		return -1;
	}
	*uid_out = user->pw_uid;
	*gid_out = user->pw_gid;
	if (conf->group == NULL)
		return 0;
	group = getgrnam(conf->group);
	if (group == NULL) {
		log_errorx("no such group group=%s", conf->group);
		return -1;
	}
	*gid_out = group->gr_gid;
	return 0;
}

/* Whether any capability is left, which libc has no call for. */
static bool
has_capabilities(void)
{
	struct __user_cap_header_struct header = {
	    .version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3];

	memset(sets, 0xff, sizeof(sets));
	if (syscall(SYS_capget, &header, sets) == -1)
		return true;
	return (sets[0].permitted | sets[1].permitted | sets[0].effective |
	           sets[1].effective) != 0;
}

/* Whether all of it is gone, and no way leads back. */
static bool
is_for_good(uid_t uid, gid_t gid)
{
	uid_t real_uid, effective_uid, saved_uid;
	gid_t real_gid, effective_gid, saved_gid;

	if (getresuid(&real_uid, &effective_uid, &saved_uid) == -1 ||
	    getresgid(&real_gid, &effective_gid, &saved_gid) == -1)
		return false;
	if (real_uid != uid || effective_uid != uid || saved_uid != uid ||
	    real_gid != gid || effective_gid != gid || saved_gid != gid)
		return false;
	if (uid == 0)
		return true;
	return setuid(0) == -1 && seteuid(0) == -1 && !has_capabilities();
}

/* Becomes the user, from root. */
static int
become(const struct conf *conf, uid_t uid, gid_t gid)
{
	if (initgroups(conf->user, gid) == -1 || setgid(gid) == -1 ||
	    setuid(uid) == -1) {
		log_error("cannot become user=%s", conf->user);
		return -1;
	}
	if (!is_for_good(uid, gid)) {
		log_errorx("something of root is left after becoming user=%s",
		    conf->user);
		return -1;
	}
	/* nor by a program that is set-user-ID: modules may run some */
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1)
		log_warn("new privileges can be had");
	return 0;
}

int
privileges_drop(const struct conf *conf)
{
	uid_t uid;
	gid_t gid;

	if (conf->user == NULL) {
		if (geteuid() == 0)
			log_warnx("running as root: user is not set");
		return 0;
	}
	if (find_ids(conf, &uid, &gid) == -1)
		return -1;
	if (geteuid() == uid && getegid() == gid)
		return 0;
	if (geteuid() != 0) {
		log_errorx("cannot become user=%s: only root can, or start it "
		           "as that user and group",
		    conf->user);
		return -1;
	}
	/* to be opened anew, by whoever we are then */
	if (log_give_to(uid, gid) == -1)
		log_warn("cannot give the log to user=%s", conf->user);
	return become(conf, uid, gid);
}
