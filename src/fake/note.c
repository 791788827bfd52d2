/* What is noted, what tests order calls to answer, and whom to blame. */
#include "fake/parts.h"

#include <stdio.h>
#include <stdlib.h>

void
framed_fake_blame(struct framed_fake *fake, const char *what, const char *why)
{
	if (fake != NULL && fake->fault[0] == '\0')
		snprintf(fake->fault, sizeof(fake->fault), "%s: %s", what, why);
}

const char *
framed_fake_fault(const struct framed_fake *fake)
{
	return fake->fault[0] != '\0' ? fake->fault : NULL;
}

/* Puts a text where room is, and moves on behind it. */
static void
keep_text(char **room, const char **text)
{
	size_t size;

	if (*text == NULL)
		return;
	size = strlen(*text) + 1;
	memcpy(*room, *text, size);
	*text = *room;
	*room += size;
}

static size_t
text_size(const char *text)
{
	return text == NULL ? 0 : strlen(text) + 1;
}

/* A copy with all that it points to, or NULL. */
static struct fake_note *
note_copy(const struct framed_fake_note *note)
{
	struct fake_note *copy = calloc(1, sizeof(*copy));
	struct framed_fake_note *n;
	char *room = NULL;

	if (copy != NULL)
		room = malloc(text_size(note->topic) + text_size(note->text) +
		    text_size(note->headers) + text_size(note->subprotocol) +
		    note->length + 1);
	if (room == NULL) {
		free(copy);
		return NULL;
	}
	copy->memory = room;
	n = &copy->note;
	*n = *note;
	if (n->data == NULL)
		n->length = 0; /* a wrong call, and its answer says so */
	keep_text(&room, &n->topic);
	keep_text(&room, &n->text);
	keep_text(&room, &n->headers);
	keep_text(&room, &n->subprotocol);
	if (n->length > 0)
		memcpy(room, note->data, n->length);
	room[n->length] = '\0';
	n->data = room;
	return copy;
}

static int
note_add(struct framed_fake *fake, const struct framed_fake_note *note)
{
	struct fake_note *copy = note_copy(note);

	if (copy == NULL)
		return -1;
	*fake->notes_end = copy;
	fake->notes_end = &copy->next;
	return 0;
}

/* The answer that was ordered for a call of this kind, or else the given one. */
static enum framed_result
script_next(struct framed_fake *fake, enum framed_fake_kind kind,
    enum framed_result otherwise)
{
	struct fake_script **link = &fake->scripts, *script;
	enum framed_result result;

	while (*link != NULL && (*link)->kind != kind)
		link = &(*link)->next;
	script = *link;
	if (script == NULL)
		return otherwise;
	result = script->result;
	if (--script->times == 0) {
		*link = script->next;
		free(script);
	}
	return result;
}

enum framed_result
framed_fake_conclude(
    struct framed_fake *fake, const struct framed_fake_note *note)
{
	struct framed_fake_note answered = *note;

	answered.result = script_next(fake, note->kind, note->result);
	if (note_add(fake, &answered) == -1)
		return FRAMED_NO_MEMORY;
	return answered.result;
}

void
framed_fake_keep(struct framed_fake *fake, const struct framed_fake_note *note)
{
	(void)note_add(fake, note);
}

int
framed_fake_script(struct framed_fake *fake, enum framed_fake_kind kind,
    enum framed_result result, unsigned times)
{
	struct fake_script **link = &fake->scripts;

	if (times == 0)
		return 0;
	while (*link != NULL)
		link = &(*link)->next;
	*link = calloc(1, sizeof(**link));
	if (*link == NULL)
		return -1;
	(*link)->kind = kind;
	(*link)->result = result;
	(*link)->times = times;
	return 0;
}

static const struct framed_fake_note *
take(struct framed_fake *fake, const struct framed_session *session,
    enum framed_fake_kind kind)
{
	struct fake_note *note;

	for (note = fake->notes; note != NULL; note = note->next) {
		if (note->is_taken || note->note.kind != kind ||
		    (session != NULL && note->note.session != session))
			continue;
		note->is_taken = 1;
		return &note->note;
	}
	return NULL;
}

const struct framed_fake_note *
framed_fake_take(struct framed_fake *fake, enum framed_fake_kind kind)
{
	return take(fake, NULL, kind);
}

const struct framed_fake_note *
framed_fake_take_of(struct framed_session *session, enum framed_fake_kind kind)
{
	return take(fake_of(session), session, kind);
}

size_t
framed_fake_count(const struct framed_fake *fake, enum framed_fake_kind kind)
{
	const struct fake_note *note;
	size_t count = 0;

	for (note = fake->notes; note != NULL; note = note->next)
		count += note->note.kind == kind && !note->is_taken;
	return count;
}

void
framed_fake_free_notes(struct framed_fake *fake)
{
	struct fake_script *script;
	struct fake_note *note;

	while ((note = fake->notes) != NULL) {
		fake->notes = note->next;
		free(note->memory);
		free(note);
	}
	while ((script = fake->scripts) != NULL) {
		fake->scripts = script->next;
		free(script);
	}
}
