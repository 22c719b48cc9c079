// FFmpeg's functions that Sightline calls, each forwarded to the library that is loaded on its first call.
//
// Linked in the usual way, the three libraries bring a hundred others into every process: 25 MB and 50 ms for commands that
// never see a video. The versions are those of the headers. A function that is missing here shows as an undefined symbol:
// add its line.
#include "CAV.h"

#include <dlfcn.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#define TEXT_OF(value) #value
#define TEXT(value) TEXT_OF(value)
#define UTIL "libavutil.so." TEXT(LIBAVUTIL_VERSION_MAJOR)
#define CODEC "libavcodec.so." TEXT(LIBAVCODEC_VERSION_MAJOR)
#define FORMAT "libavformat.so." TEXT(LIBAVFORMAT_VERSION_MAJOR)

/// The function of that name. Ends the program where the library is not there, as the loader would have at its start.
static void *found(const char *library, const char *name) {
    // Loading twice gives the same handle; handles are never closed.
    void *handle = dlopen(library, RTLD_NOW | RTLD_LOCAL);
    void *function = handle ? dlsym(handle, name) : NULL;
    if (!function) {
        fprintf(stderr, "video files need FFmpeg's libraries: %s; install libavformat and libavcodec of version %s\n",
                dlerror(), TEXT(LIBAVFORMAT_VERSION_MAJOR));
        exit(1);
    }
    return function;
}

// Hidden, so that the libraries do not take these for each other's.
#define FORWARD(LIBRARY, RESULT, NAME, PARAMETERS, ARGUMENTS)                                        \
    __attribute__((visibility("hidden"))) RESULT NAME PARAMETERS {                                   \
        static _Atomic(void *) known;                                                                \
        void *function = atomic_load_explicit(&known, memory_order_acquire);                         \
        if (!function) {                                                                             \
            function = found(LIBRARY, #NAME);                                                        \
            atomic_store_explicit(&known, function, memory_order_release);                           \
        }                                                                                            \
        return((RESULT(*) PARAMETERS) function) ARGUMENTS;                                           \
    }

FORWARD(UTIL, uint32_t, av_crc,
        (const AVCRC *ctx, uint32_t crc, const uint8_t *buffer, size_t length),
        (ctx, crc, buffer, length))
FORWARD(UTIL, const AVCRC *, av_crc_get_table, (AVCRCId crc_id), (crc_id))
FORWARD(UTIL, void, av_dict_free, (AVDictionary **m), (m))
FORWARD(UTIL, int, av_dict_set,
        (AVDictionary **pm, const char *key, const char *value, int flags),
        (pm, key, value, flags))
FORWARD(UTIL, AVFrame *, av_frame_alloc, (void), ())
FORWARD(UTIL, void, av_frame_free, (AVFrame **frame), (frame))
FORWARD(UTIL, int, av_frame_get_buffer, (AVFrame *frame, int align), (frame, align))
FORWARD(UTIL, int, av_frame_make_writable, (AVFrame *frame), (frame))
FORWARD(UTIL, const char *, av_get_pix_fmt_name, (enum AVPixelFormat pix_fmt), (pix_fmt))
FORWARD(UTIL, int, av_log_format_line2,
        (void *ptr, int level, const char *fmt, va_list vl, char *line, int line_size, int *print_prefix),
        (ptr, level, fmt, vl, line, line_size, print_prefix))
FORWARD(UTIL, void, av_log_set_callback, (void (*callback)(void*, int, const char*, va_list)), (callback))
FORWARD(UTIL, void, av_max_alloc, (size_t max), (max))
FORWARD(UTIL, int, av_opt_set,
        (void *obj, const char *name, const char *val, int search_flags),
        (obj, name, val, search_flags))
FORWARD(UTIL, const AVPixFmtDescriptor *, av_pix_fmt_desc_get, (enum AVPixelFormat pix_fmt), (pix_fmt))
FORWARD(UTIL, int64_t, av_rescale_q, (int64_t a, AVRational bq, AVRational cq), (a, bq, cq))
FORWARD(UTIL, int, av_strerror, (int errnum, char *errbuf, size_t errbuf_size), (errnum, errbuf, errbuf_size))

FORWARD(CODEC, int, av_new_packet, (AVPacket *pkt, int size), (pkt, size))
FORWARD(CODEC, AVPacket *, av_packet_alloc, (void), ())
FORWARD(CODEC, void, av_packet_free, (AVPacket **pkt), (pkt))
FORWARD(CODEC, void, av_packet_rescale_ts,
        (AVPacket *pkt, AVRational tb_src, AVRational tb_dst),
        (pkt, tb_src, tb_dst))
FORWARD(CODEC, void, av_packet_unref, (AVPacket *pkt), (pkt))
FORWARD(CODEC, AVCodecContext *, avcodec_alloc_context3, (const AVCodec *codec), (codec))
FORWARD(CODEC, const AVCodec *, avcodec_find_decoder, (enum AVCodecID id), (id))
FORWARD(CODEC, const AVCodec *, avcodec_find_encoder, (enum AVCodecID id), (id))
FORWARD(CODEC, const AVCodec *, avcodec_find_encoder_by_name, (const char *name), (name))
FORWARD(CODEC, void, avcodec_flush_buffers, (AVCodecContext *avctx), (avctx))
FORWARD(CODEC, void, avcodec_free_context, (AVCodecContext **avctx), (avctx))
FORWARD(CODEC, const char *, avcodec_get_name, (enum AVCodecID id), (id))
FORWARD(CODEC, int, avcodec_open2,
        (AVCodecContext *avctx, const AVCodec *codec, AVDictionary **options),
        (avctx, codec, options))
FORWARD(CODEC, int, avcodec_parameters_from_context,
        (AVCodecParameters *par, const AVCodecContext *codec),
        (par, codec))
FORWARD(CODEC, int, avcodec_parameters_to_context, (AVCodecContext *codec, const AVCodecParameters *par), (codec, par))
FORWARD(CODEC, int, avcodec_receive_frame, (AVCodecContext *avctx, AVFrame *frame), (avctx, frame))
FORWARD(CODEC, int, avcodec_receive_packet, (AVCodecContext *avctx, AVPacket *avpkt), (avctx, avpkt))
FORWARD(CODEC, int, avcodec_send_frame, (AVCodecContext *avctx, const AVFrame *frame), (avctx, frame))
FORWARD(CODEC, int, avcodec_send_packet, (AVCodecContext *avctx, const AVPacket *avpkt), (avctx, avpkt))

FORWARD(FORMAT, int, av_find_best_stream,
        (AVFormatContext *ic, enum AVMediaType type, int wanted_stream_nb, int related_stream, const AVCodec **decoder_ret, int flags),
        (ic, type, wanted_stream_nb, related_stream, decoder_ret, flags))
FORWARD(FORMAT, int, av_interleaved_write_frame, (AVFormatContext *s, AVPacket *pkt), (s, pkt))
FORWARD(FORMAT, int, av_read_frame, (AVFormatContext *s, AVPacket *pkt), (s, pkt))
FORWARD(FORMAT, int, av_seek_frame,
        (AVFormatContext *s, int stream_index, int64_t timestamp, int flags),
        (s, stream_index, timestamp, flags))
FORWARD(FORMAT, uint8_t *, av_stream_get_side_data,
        (const AVStream *stream, enum AVPacketSideDataType type, size_t *size),
        (stream, type, size))
FORWARD(FORMAT, int, av_write_trailer, (AVFormatContext *s), (s))
FORWARD(FORMAT, AVFormatContext *, avformat_alloc_context, (void), ())
FORWARD(FORMAT, int, avformat_alloc_output_context2,
        (AVFormatContext **ctx, const AVOutputFormat *oformat, const char *format_name, const char *filename),
        (ctx, oformat, format_name, filename))
FORWARD(FORMAT, void, avformat_close_input, (AVFormatContext **s), (s))
FORWARD(FORMAT, int, avformat_find_stream_info, (AVFormatContext *ic, AVDictionary **options), (ic, options))
FORWARD(FORMAT, void, avformat_free_context, (AVFormatContext *s), (s))
FORWARD(FORMAT, AVStream *, avformat_new_stream, (AVFormatContext *s, const AVCodec *c), (s, c))
FORWARD(FORMAT, int, avformat_open_input,
        (AVFormatContext **ps, const char *url, const AVInputFormat *fmt, AVDictionary **options),
        (ps, url, fmt, options))
FORWARD(FORMAT, int, avformat_write_header, (AVFormatContext *s, AVDictionary **options), (s, options))
FORWARD(FORMAT, int, avio_closep, (AVIOContext **s), (s))
FORWARD(FORMAT, int, avio_open, (AVIOContext **s, const char *url, int flags), (s, url, flags))
