/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * UMAMI, the C interface for matrix elements, as libomnis_umami exports it.
 *
 * Numbers of an enumeration count from 0 in the order given. Arrays have the event index
 * fastest: entry `row` of event k lies at `stride * row + offset + k`. Status and keys follow
 * major version 1 as of 2026, in which UMAMI_ERROR_UNINITIALIZED_META stands before the last two
 * statuses; programs built with older headers see other numbers for these.
 */
#ifndef UMAMI_HEADER
#define UMAMI_HEADER 1

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

#define UMAMI_MAJOR_VERSION 1
#define UMAMI_MINOR_VERSION 0

/* Whatever is not UMAMI_SUCCESS comes with a line on standard error. */
typedef enum {
    UMAMI_SUCCESS,
    UMAMI_ERROR,                    /* see the line on standard error */
    UMAMI_ERROR_NOT_IMPLEMENTED,    /* not used by omnis */
    UMAMI_ERROR_UNSUPPORTED_INPUT,
    UMAMI_ERROR_UNSUPPORTED_OUTPUT,
    UMAMI_ERROR_UNINITIALIZED_META, /* not used by omnis */
    UMAMI_ERROR_UNSUPPORTED_META,
    UMAMI_ERROR_MISSING_INPUT
} UmamiStatus;

typedef enum { UMAMI_DEVICE_CPU, UMAMI_DEVICE_CUDA, UMAMI_DEVICE_HIP } UmamiDevice;

typedef enum {
    UMAMI_META_DEVICE,         /* UmamiDevice: UMAMI_DEVICE_CPU */
    UMAMI_META_PARTICLE_COUNT, /* int: legs, incoming ones included */
    UMAMI_META_DIAGRAM_COUNT,  /* int: the most of a flavour */
    UMAMI_META_HELICITY_COUNT, /* int: configurations, those that vanish included */
    UMAMI_META_COLOR_COUNT,    /* int: colour flows, the most of a flavour */
    UMAMI_META_MASSES          /* double[particle count]: GeV */
} UmamiMetaKey;

typedef enum {
    UMAMI_IN_MOMENTA,         /* double, row `particle count * mu + leg`: E, px, py, pz in GeV */
    UMAMI_IN_ALPHA_S,         /* double: the strong coupling in place of the model's */
    UMAMI_IN_FLAVOR_INDEX,    /* int: the subprocess */
    UMAMI_IN_RANDOM_COLOR,    /* double in [0, 1) */
    UMAMI_IN_RANDOM_HELICITY, /* double in [0, 1) */
    UMAMI_IN_RANDOM_DIAGRAM,  /* not supported */
    UMAMI_IN_HELICITY_INDEX,  /* int: the configuration that alone counts */
    UMAMI_IN_DIAGRAM_INDEX,   /* not supported */
    UMAMI_IN_CHANNEL_INDEX    /* not supported */
} UmamiInputKey;

typedef enum {
    UMAMI_OUT_MATRIX_ELEMENT, /* double, GeV^(8 - 2 particle count) */
    UMAMI_OUT_DIAGRAM_AMP2,   /* not supported */
    UMAMI_OUT_COLOR_INDEX,    /* int: the colour flow drawn, -1 for none */
    UMAMI_OUT_HELICITY_INDEX, /* int: the configuration drawn, -1 for none */
    UMAMI_OUT_DIAGRAM_INDEX,  /* not supported */
    UMAMI_OUT_GPU_STREAM      /* not supported */
} UmamiOutputKey;

/* Parameters, and the matrix elements at them. */
typedef void* UmamiHandle;

/* Writes a property of the process. Masses and counts are those at the parameters of the last
 * handle that was made or evaluated after its parameters were set. */
UmamiStatus umami_get_meta(UmamiMetaKey meta_key, void* result);

/* Makes a handle; handles are independent of one another. The path of a parameter card in SLHA
 * format may be null or empty. */
UmamiStatus umami_initialize(UmamiHandle* handle, char const* param_card_path);

/* Gives an input of the model a value, by its name with or without `mdl_`. */
UmamiStatus umami_set_parameter(
    UmamiHandle handle, char const* name, double parameter_real, double parameter_imag
);

/* Reads a parameter of the model; the place of the imaginary part may be null. */
UmamiStatus umami_get_parameter(
    UmamiHandle handle, char const* name, double* parameter_real, double* parameter_imag
);

/* Evaluates the events `offset` to `offset + count - 1` of arrays that hold `stride` events. */
UmamiStatus umami_matrix_element(
    UmamiHandle handle,
    size_t count,
    size_t stride,
    size_t offset,
    size_t input_count,
    UmamiInputKey const* input_keys,
    void const* const* inputs,
    size_t output_count,
    UmamiOutputKey const* output_keys,
    void* const* outputs
);

/* Frees a handle. */
UmamiStatus umami_free(UmamiHandle handle);

/* Lists by key, which stay with the library. */
UmamiStatus umami_supported_inputs(bool const** supported, int* count);
UmamiStatus umami_required_inputs(bool const** required, int* count);
UmamiStatus umami_supported_outputs(bool const** supported, int* count);

#ifdef __cplusplus
}
#endif

#endif
