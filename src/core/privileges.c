/* Giving up what root can do. */
#include "core/privileges.h"

#include <grp.h>
#include <pwd.h>
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
	/* to be opened anew, by whoever we are then */
	if (log_give_to(uid, gid) == -1)
		log_warn("cannot give the log to user=%s", conf->user);
	if (initgroups(conf->user, gid) == -1 || setgid(gid) == -1 ||
	    setuid(uid) == -1) {
		log_error("cannot become user=%s", conf->user);
		return -1;
	}
	return 0;
}
