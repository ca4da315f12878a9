// A nominal mark on a primitive type: only the `parse…` function of the type makes its values.
declare const brand: unique symbol;

/** What a branded type adds to its primitive; it exists for the compiler only. */
export interface Brand<Name extends string> {
  readonly [brand]: Name;
}
