/* Which experts a mixture-of-experts layer chose: read from the routing ids while they are there. */
#ifndef GGMLVIZ_EXPERTS_H
#define GGMLVIZ_EXPERTS_H

#include "library.h"
#include "ring.h"

/* `tensor` is about to be computed by GET_ROWS. If it looks up the weights of chosen experts, tell each expert that was
 * chosen and by how many tokens. */
void gv_experts_tell(struct gv_lane *lane, const struct gv_library *library, const void *tensor);

#endif
