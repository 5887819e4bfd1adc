/** What a path's `:name` parts stand for; decoded. */
export type Params = Readonly<Record<string, string>>;

const decoded = (part: string): string => {
    try {
        return decodeURIComponent(part);
    } catch {
        return part; // A stray "%" stands for itself.
    }
};

/**
 * Compares a path with a pattern such as `/albums/:id`; a last part `*` takes all the rest, also
 * nothing. A slash at the end makes no difference.
 *
 * @return the parameters; undefined if they do not match
 */
export function matchPath(pattern: string, path: string): Params | undefined {
    const wanted = pattern.split('/').filter(Boolean);
    const given = path.split('/').filter(Boolean);
    const params: Record<string, string> = {};
    for (const [i, part] of wanted.entries()) {
        if (part === '*') {
            params['*'] = given.slice(i).map(decoded).join('/');
            return params;
        }
        const value = given[i];
        if (value === undefined) return undefined;
        if (part.startsWith(':')) params[part.slice(1)] = decoded(value);
        else if (part !== value) return undefined;
    }
    return given.length === wanted.length ? params : undefined;
}

/** `/search` and `{ q: 'a b' }` make `/search?q=a+b`; empty values are left out. */
export function hrefOf(
    path: string,
    query: Readonly<Record<string, string | number | undefined>> = {},
): string {
    const params = new URLSearchParams();
    for (const [name, value] of Object.entries(query)) {
        if (value !== undefined && value !== '') params.set(name, String(value));
    }
    return params.size > 0 ? `${path}?${params}` : path;
}
