import { computed, effect, signal } from '@preact/signals';

export type Theme = 'system' | 'light' | 'dark';

const kStorageKey = 'segue.theme';
const kGrounds = { light: '#f6f3ee', dark: '#141210' } as const;

export function themeOf(text: string | null): Theme {
    return text === 'light' || text === 'dark' ? text : 'system';
}

function stored(): Theme {
    try {
        return themeOf(localStorage.getItem(kStorageKey));
    } catch {
        return 'system';
    }
}

/** What the listener chose. */
export const theme = signal<Theme>(stored());

const prefersDark = matchMedia('(prefers-color-scheme: dark)');
const systemDark = signal(prefersDark.matches);

/** Whether the page is dark now; what draws by itself (a canvas) reads it to draw anew. */
export const dark = computed(() =>
    theme.value === 'system' ? systemDark.value : theme.value === 'dark',
);

export function startTheme(): void {
    let kept = theme.peek();
    prefersDark.addEventListener('change', () => (systemDark.value = prefersDark.matches));
    effect(() => {
        const chosen = theme.value;
        const root = document.documentElement;
        if (chosen === 'system') delete root.dataset['theme'];
        else root.dataset['theme'] = chosen;
        if (chosen === kept) return;
        kept = chosen;
        try {
            localStorage.setItem(kStorageKey, chosen);
        } catch {
            // Private windows may refuse; the choice then lives as long as the page.
        }
    });
    effect(() => {
        // Two of them, one for each scheme of the system; both follow the choice.
        for (const meta of document.querySelectorAll<HTMLMetaElement>('meta[name=theme-color]')) {
            const own = meta.media.includes('dark') ? 'dark' : 'light';
            const shown = theme.value === 'system' ? own : theme.value;
            meta.content = kGrounds[shown];
        }
    });
}

/** System, light, dark, system ... */
export function cycleTheme(): void {
    const next = { system: 'light', light: 'dark', dark: 'system' } as const;
    theme.value = next[theme.peek()];
}
