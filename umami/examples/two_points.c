/* Squared matrix elements of g g > t t~ at two points.
 *
 *     cc -I include examples/two_points.c -o two_points -L target/release -lomnis_umami -lm
 *     OMNIS_UMAMI_PROCESS="g g > t t~" LD_LIBRARY_PATH=target/release ./two_points
 *
 * Prints one number a line: |M|^2 summed over final and averaged over initial helicities and
 * colours, without a unit for 2 -> 2.
 */
#include <math.h>
#include <stdio.h>

#include "umami.h"

enum { POINTS = 2, LEGS = 4 };

int main(void) {
    double masses[LEGS];
    int legs = 0;
    if (umami_get_meta(UMAMI_META_PARTICLE_COUNT, &legs) != UMAMI_SUCCESS || legs != LEGS) return 1;
    if (umami_get_meta(UMAMI_META_MASSES, masses) != UMAMI_SUCCESS) return 1;

    /* Rows of numbers: all energies leg by leg, then all px, py and pz. */
    double const energy = 500.0, p = sqrt(energy * energy - masses[2] * masses[2]);
    double momenta[4][LEGS][POINTS] = {{{0}}};
    for (int k = 0; k < POINTS; ++k) {
        double const angle = 0.5 + k;
        for (int leg = 0; leg < LEGS; ++leg) momenta[0][leg][k] = energy;
        momenta[3][0][k] = energy;
        momenta[3][1][k] = -energy;
        momenta[1][2][k] = p * sin(angle);
        momenta[1][3][k] = -p * sin(angle);
        momenta[3][2][k] = p * cos(angle);
        momenta[3][3][k] = -p * cos(angle);
    }
    double const alpha_s[POINTS] = {0.118, 0.118};
    double values[POINTS];

    UmamiHandle handle;
    if (umami_initialize(&handle, NULL) != UMAMI_SUCCESS) return 1;
    UmamiInputKey const input_keys[] = {UMAMI_IN_MOMENTA, UMAMI_IN_ALPHA_S};
    void const* const inputs[] = {momenta, alpha_s};
    UmamiOutputKey const output_keys[] = {UMAMI_OUT_MATRIX_ELEMENT};
    void* const outputs[] = {values};
    UmamiStatus const status = umami_matrix_element(
        handle, POINTS, POINTS, 0, 2, input_keys, inputs, 1, output_keys, outputs
    );
    for (int k = 0; k < POINTS && status == UMAMI_SUCCESS; ++k) printf("%.16e\n", values[k]);
    umami_free(handle);
    return status;
}
