#pragma once
#include <stdlib.h>
#include <stdint.h>
#include <zlib.h>

// zlib's inflate behind whole arrays and counts, so that Swift holds no pointer into a buffer between two calls.

struct discreet_inflater;

/// One gzip member after another; NULL without memory.
static inline struct discreet_inflater *discreet_inflater_new(void) {
    z_stream *stream = calloc(1, sizeof(z_stream));
    // 15 bits of window, + 16: gzip alone, its checksum and length are checked.
    if (stream && inflateInit2(stream, 15 + 16) != Z_OK) { free(stream); stream = NULL; }
    return (struct discreet_inflater *)stream;
}

static inline void discreet_inflater_free(struct discreet_inflater *inflater) {
    inflateEnd((z_stream *)inflater);
    free(inflater);
}

static inline void discreet_inflater_reset(struct discreet_inflater *inflater) { inflateReset((z_stream *)inflater); }

/// What one call did. `end`: the member is complete and its checksum right. `bad`: no gzip, or damaged.
struct discreet_inflated { size_t read; size_t written; int end; int bad; };

/// Reads `in[from ..< count]` into `out[0 ..< room]` as far as either goes.
static inline struct discreet_inflated discreet_inflate(
    struct discreet_inflater *inflater, const uint8_t *in, size_t from, size_t count, uint8_t *out, size_t room) {
    struct discreet_inflated result = {0, 0, 0, 1};
    if (from > count || count - from > UINT32_MAX || room > UINT32_MAX) return result;
    z_stream *stream = (z_stream *)inflater;
    stream->next_in = (Bytef *)(uintptr_t)(in + from);
    stream->avail_in = (uInt)(count - from);
    stream->next_out = out;
    stream->avail_out = (uInt)room;
    int code = inflate(stream, Z_NO_FLUSH);
    result.read = (count - from) - stream->avail_in;
    result.written = room - stream->avail_out;
    result.end = code == Z_STREAM_END;
    result.bad = !(code == Z_OK || code == Z_STREAM_END || code == Z_BUF_ERROR);
    stream->next_in = NULL;
    stream->next_out = NULL;
    return result;
}
