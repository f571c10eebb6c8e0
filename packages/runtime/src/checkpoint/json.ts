/** Anything that JSON keeps unchanged: no `undefined`, no functions, no NaN or infinities. */
export type JsonValue =
  null | boolean | number | string | readonly JsonValue[] | { readonly [name: string]: JsonValue };
