// The header that tells of an export what its bundle does not.

/** How many images were asked for, with those of which the other side has everything. */
export const imagesPlanned = 'Ociregistry-Images-Planned';
