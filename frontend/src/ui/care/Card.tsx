import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';

interface CardProps {
    title: string;
    kind: string;
    /** Beside the heading. */
    actions?: ComponentChildren;
    children: ComponentChildren;
}

export function Card({ title, kind, actions, children }: CardProps) {
    const id = useId();
    return (
        <section class={`care-card ${kind}`} aria-labelledby={id}>
            <header class="care-head">
                <h3 id={id}>{title}</h3>
                {actions && <div class="care-actions">{actions}</div>}
            </header>
            {children}
        </section>
    );
}
