/** Some music of the library, as menus hand it to dialogs. `label` is how people know it. */
export type Selection =
    | { kind: 'tracks'; trackIds: readonly string[]; label: string }
    | { kind: 'album' | 'artist' | 'playlist'; id: string; label: string }
    | { kind: 'all' | 'recent' | 'most-played'; label: string };
