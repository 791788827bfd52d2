/* Integers on the wire: big-endian, at any alignment. */
#ifndef FRAMED_BASE_ENDIAN_H
#define FRAMED_BASE_ENDIAN_H

#include <stdint.h>

static inline uint16_t
get_be16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static inline uint64_t
get_be64(const uint8_t *p)
{
	uint64_t value = 0;

	for (int i = 0; i < 8; i++)
		value = value << 8 | p[i];
	return value;
}

static inline void
put_be16(uint8_t *p, uint16_t value)
{
	p[0] = (uint8_t)(value >> 8);
	p[1] = (uint8_t)value;
}

static inline void
put_be64(uint8_t *p, uint64_t value)
{
	for (int i = 7; i >= 0; i--) {
		p[i] = (uint8_t)value;
		value >>= 8;
	}
}

#endif
