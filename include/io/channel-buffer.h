/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Memory that grows as it is written and is read from the start. */
#ifndef QIO_CHANNEL_BUFFER_H
#define QIO_CHANNEL_BUFFER_H

#include "io/channel.h"

#define TYPE_QIO_CHANNEL_BUFFER "qio-channel-buffer"
OBJECT_DECLARE_SIMPLE_TYPE(QIOChannelBuffer, QIO_CHANNEL_BUFFER)

struct QIOChannelBuffer {
    QIOChannel parent;
    size_t capacity, usage, offset;
    uint8_t *data;
};

QIOChannelBuffer *qio_channel_buffer_new(size_t capacity);

#endif
