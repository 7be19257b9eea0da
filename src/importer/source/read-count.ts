/** How many bytes of the store were read: what an import of known layers must not do. */
export class ReadCount {
  bytes = 0;
}
