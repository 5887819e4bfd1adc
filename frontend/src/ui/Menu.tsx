import { signal } from '@preact/signals';
import type { JSX } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';

export interface MenuItem {
    label: string;
    act: () => void;
    icon?: (() => JSX.Element) | undefined;
    danger?: boolean | undefined;
    /** A line above it. */
    apart?: boolean | undefined;
    /** For choices: whether it holds now. */
    checked?: boolean | undefined;
}

/** Where a menu stands: a point, or below (above, if there is no room) an element. */
export interface MenuPlace {
    x: number;
    y: number;
    top: number;
    /** Is given the focus back. */
    opener: HTMLElement | null;
}

interface OpenMenu extends MenuPlace {
    label: string;
    items: readonly MenuItem[];
}

const open = signal<OpenMenu | undefined>(undefined);
const kEdgePx = 8;

/** At the pointer, or at the element for keys and buttons. The event does nothing else. */
export function placeOf(event: MouseEvent | KeyboardEvent): MenuPlace {
    event.preventDefault();
    event.stopPropagation();
    const element = event.currentTarget as HTMLElement;
    const box = element.getBoundingClientRect();
    // A context menu by key has no place of its own; a button's menu stands at the button.
    const atPointer =
        event.type === 'contextmenu' &&
        event instanceof MouseEvent &&
        event.clientX + event.clientY > 0 &&
        (event as PointerEvent).pointerType !== '';
    return {
        x: atPointer ? event.clientX : box.left,
        y: atPointer ? event.clientY : Math.min(box.bottom + 4, box.top + 48),
        top: atPointer ? event.clientY : box.top - 4,
        opener: document.activeElement as HTMLElement | null,
    };
}

export function openMenu(place: MenuPlace, label: string, items: readonly MenuItem[]): void {
    open.value = { ...place, label, items };
}

export const menuOpen = () => open.value !== undefined;

function close(giveBack: boolean): void {
    const { opener } = open.peek() ?? {};
    open.value = undefined;
    if (giveBack && opener?.isConnected) opener.focus();
}

/** Where the one open menu is drawn. */
export function MenuHost() {
    const list = useRef<HTMLDivElement>(null);
    const menu = open.value;
    useLayoutEffect(() => {
        const element = list.current;
        if (!element || !menu) return undefined;
        element.showPopover?.();
        const { offsetWidth: width, offsetHeight: height } = element;
        const left = Math.max(kEdgePx, Math.min(menu.x, innerWidth - width - kEdgePx));
        const below = menu.y + height + kEdgePx <= innerHeight;
        const top = below ? menu.y : Math.max(kEdgePx, menu.top - height);
        element.style.left = `${left}px`;
        element.style.top = `${top}px`;
        element.querySelector<HTMLElement>('[role^=menuitem]')?.focus({ preventScroll: true });
        const away = (event: Event) => {
            if (!(event.target instanceof Node && element.contains(event.target))) close(false);
        };
        addEventListener('pointerdown', away, true);
        addEventListener('scroll', away, true);
        addEventListener('resize', away);
        addEventListener('popstate', away);
        return () => {
            removeEventListener('pointerdown', away, true);
            removeEventListener('scroll', away, true);
            removeEventListener('resize', away);
            removeEventListener('popstate', away);
        };
    }, [menu]);
    if (!menu) return null;

    const move = (step: number, from = 0) => {
        const items = [...(list.current?.querySelectorAll<HTMLElement>('[role^=menuitem]') ?? [])];
        const at = from === 0 ? items.indexOf(document.activeElement as HTMLElement) : from;
        items[(at + step + items.length) % items.length]?.focus();
    };
    const onKeyDown = (event: KeyboardEvent) => {
        const { key } = event;
        event.stopPropagation();
        if (key === 'ArrowDown') move(1);
        else if (key === 'ArrowUp') move(-1);
        else if (key === 'Home') list.current?.querySelector<HTMLElement>('[role^=menuitem]')?.focus();
        else if (key === 'End') move(-1, menu.items.length);
        else if (key === 'Escape' || key === 'Tab') close(true);
        else if (key.length === 1 && key !== ' ') {
            const items = [
                ...(list.current?.querySelectorAll<HTMLElement>('[role^=menuitem]') ?? []),
            ];
            const at = items.indexOf(document.activeElement as HTMLElement);
            const begins = (item: HTMLElement) =>
                item.innerText.trim().toLowerCase().startsWith(key.toLowerCase());
            [...items.slice(at + 1), ...items.slice(0, at + 1)].find(begins)?.focus();
            return;
        } else return;
        event.preventDefault();
    };
    return (
        <div
            ref={list}
            class="menu"
            role="menu"
            popover="manual"
            aria-label={menu.label}
            onKeyDown={onKeyDown}
            onContextMenu={(event) => event.preventDefault()}
        >
            {menu.items.map((item) => (
                <button
                    key={item.label}
                    type="button"
                    role={item.checked === undefined ? 'menuitem' : 'menuitemradio'}
                    aria-checked={item.checked}
                    tabIndex={-1}
                    class={`menu-item${item.danger ? ' is-danger' : ''}${item.apart ? ' is-apart' : ''}`}
                    onClick={() => {
                        close(true);
                        item.act();
                    }}
                >
                    {item.icon ? <item.icon /> : <span class="icon" />}
                    <span>{item.label}</span>
                </button>
            ))}
        </div>
    );
}
