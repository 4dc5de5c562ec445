/** Packages that do not come to the same in the sandbox, and how. Their test fails when they do. */
export const DIFFERS: Readonly<Record<string, { readonly how: string, readonly shows: RegExp }>> = {
  'ssh2-sftp-client': { how: 'loads; cannot connect: plugin-unsupported, which can be caught', shows: /plugin-unsupported/ }
}
