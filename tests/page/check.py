"""Looks at pages in a real browser, as people do: by eye where pictures are kept, by keyboard, by filter.

    check.py VIRTWIRE FOLDER [PICTURES]
"""

import base64
import hashlib
import json
import os
import re
import subprocess
import sys
import time

from browser import DOWN, END, ENTER, ESCAPE, HOME, RIGHT, TAB, Browser

VIRTWIRE, FOLDER = sys.argv[1:3]
PICTURES = sys.argv[3] if len(sys.argv) > 3 else None

HOSTILE = [
    "<img src=x onerror=document.title='ran'>", "</script><script>document.title='ran'</script>", "\"'><b>bold</b>",
    "a\u2028b\u2029c", "<!--", "--></script>", "{data}", "{script}", "&lt;i&gt;", "javascript:alert(1)", "\u202egnp.exe", "a\tb\x7fc",
    "$(reboot)", "'; reboot #",
]


def network(name, health, **more):
    active = health in ("enabled", "degraded")
    return {"name": name, "uuid": "7d0c71ee-2a8a-4e5c-9d8e-3f4d1c6a5b20", "health": health, "verified": True, "mode": "nat",
            "state": {"active": active, "persistent": True, "autostart": active or health == "stopped"},
            "guests": [], "findings": [{"word": "present" if active else "not-seen", "aspect": "bridge", "what": "virbr0",
                                        "place": "/sys/class/net/virbr0"}],
            "ranges": ["192.168.122.2 - 192.168.122.254"], "leases": 2, "rules": [], "dnsmasq": [7], "code": 0, **more}


def host(name, *networks, **more):
    result = {"type": "network-inspection", "hostname": name, "offline": False, "networks": list(networks)}
    return {"version": 1, "command": "net-inspect", "host": name, "uri": f"qemu+ssh://root@{name}/system",
            "time": "2026-11-20T03:00:00.000Z", "result": result, **more}


def unreachable(name):
    error = {"kind": "unreachable", "code": 4, "message": f"no route to {name}", "advice": "is it on?"}
    return {key: value for key, value in host(name, error=error).items() if key != "result"}


def fleet(count):
    """Two active ones of which one has guests, one with leftovers, one that starts again, one unreachable; the rest clean."""
    guests = [{"guest": "web-7", "interface": "vnet0", "by": "member"}]
    odd = [host("cmp1", network("default", "enabled", guests=guests)), host("cmp2", network("default", "enabled")),
           host("cmp3", network("default", "left-behind", code=7)), host("cmp4", network("default", "stopped")), unreachable("cmp5")]
    clean = [host(f"cmp{number}", network("default", "disabled")) for number in range(6, count + 1)]
    return (odd + clean)[:count]


def page(name, documents, *options):
    results, html = (os.path.join(FOLDER, f"{name}.{ending}") for ending in ("jsonl", "html"))
    with open(results, "w") as file:
        file.writelines(json.dumps(document) + "\n" for document in documents)
    subprocess.run([VIRTWIRE, "-q", "report", *options, results, "-o", html], check=True, timeout=30)
    return html


def text(browser, selector):
    return browser.run("return [...document.querySelectorAll(arguments[0])].map((e) => e.innerText)", selector)


def focused(browser):
    return browser.run("return document.activeElement.getAttribute('aria-label') || document.activeElement.id")


def requests(browser):
    """What our pages asked for; the browser's own, which are there before, are not among it."""
    sent = (json.loads(entry["message"])["message"] for entry in browser.log("performance"))
    asked = [entry["params"] for entry in sent if entry["method"] == "Network.requestWillBeSent"]
    return [entry["request"]["url"] for entry in asked if not entry["documentURL"].startswith("chrome:")]


def same(left, right):
    assert left == right, f"\n  {left!r}\n  {right!r}"


def the_policy_allows_this_very_script_and_style_and_nothing_else(browser):
    with open(page("policy", fleet(3))) as file:
        html = file.read()
    hashes = {}
    for tag in ("script", "style"):
        content = re.search(f"<{tag}>(.*)</{tag}>", html, re.S).group(1).encode()
        hashes[tag] = base64.b64encode(hashlib.sha256(content).digest()).decode()
    policy = re.search('Content-Security-Policy" content="([^"]*)"', html).group(1)
    same(policy, f"default-src 'none'; script-src 'sha256-{hashes['script']}'; style-src 'sha256-{hashes['style']}'; "
                 "base-uri 'none'; form-action 'none'")
    same(re.findall(r"(?:src|href)=|@import|url\(|innerHTML|insertAdjacent|document\.write|\beval\b", html), [])


def the_sentence_and_the_groups_tell_the_numbers(browser):
    browser.open(page("three-hundred", fleet(300)))
    same(text(browser, "h1"), ["2 of 300 hosts still run libvirt's default network; 1 could not be looked at."])
    same(text(browser, "section h2"), ["Active, with guests (1)", "Active (1)", "Off until the next boot (1)",
                                       "Disabled, with leftovers (1)", "Not looked at (1)", "Disabled and clean (295)"])
    same(text(browser, ".grid .mark")[:6], ["G", "A", "B", "L", "?", "✓"])
    same(browser.run("return document.querySelector('.grid button').getAttribute('aria-label')"), "cmp1: Active, with guests")


def a_click_shows_a_hosts_anatomy_and_what_to_do(browser):
    browser.run("document.querySelector('.grid button').click()")
    told = text(browser, "aside")[0]
    for part in ("attached: web-7; enabled, verified", "virtwire -c qemu+ssh://root@cmp1/system net-disable default",
                 "present: virbr0 at /sys/class/net/virbr0", "gives out 192.168.122.2 - 192.168.122.254", "2 given out",
                 "web-7 (vnet0): is a member of the bridge", "2026-11-20 03:00 UTC", "active now, active after the next boot"):
        assert part in told, f"{part!r} in {told!r}"
    same(text(browser, "aside th"), ["Bridge", "dnsmasq", "Rules", "Forwarding", "Leases", "Guests"])
    browser.run("[...document.querySelectorAll('.grid .unseen')].pop().click()")
    told = text(browser, "aside")[0]
    for part in ("no route to cmp5", "is it on?", "Asked 2026-11-20 03:00 UTC", "without an answer"):
        assert part in told, f"{part!r} in {told!r}"
    browser.keys(ESCAPE)
    same((text(browser, "aside:not([hidden])"), focused(browser)), ([], "cmp5: Not looked at"))


def the_keyboard_leads_everywhere(browser):
    browser.open(page("keyboard", fleet(300)))
    browser.run("document.getElementById('filter').focus()")
    browser.keys(*[TAB] * 8)
    same(focused(browser), "cmp1: Active, with guests")
    browser.keys(RIGHT, DOWN)
    same(focused(browser), "cmp4: Off until the next boot")
    browser.keys(END)
    same(focused(browser), "cmp300: Disabled and clean")
    browser.keys(HOME, DOWN, ENTER)
    same((focused(browser), text(browser, "aside h2 bdi")), ("host-name", ["cmp2"]))
    browser.keys(ESCAPE)
    same(focused(browser), "cmp2: Active")
    # Leaving the grid takes one Tab, however many hosts are in it.
    browser.keys(TAB)
    same(focused(browser), "raw")


def the_filter_the_states_and_the_order_choose_what_is_shown(browser):
    browser.open(page("filter", fleet(300)))
    browser.run("document.getElementById('filter').focus()")
    browser.keys(*"WEB-7")
    same((text(browser, "#count"), text(browser, ".grid bdi")), (["1 of 300 shown"], ["cmp1"]))
    browser.keys(*"zzz")
    same((text(browser, "#count"), text(browser, ".grid bdi")), (["No host is like that."], []))
    browser.run("const f = document.getElementById('filter'); f.value = ''; f.dispatchEvent(new Event('input'))")
    browser.run("[...document.querySelectorAll('#states button')].slice(1, 3).forEach((b) => b.click())")
    same(text(browser, ".grid bdi"), ["cmp2", "cmp4"])
    same(browser.run("return [...document.querySelectorAll('#states button')].map((b) => b.getAttribute('aria-pressed')).join()"),
         "false,true,true,false,false,false")
    browser.run("document.querySelectorAll('#states button')[1].click(); document.querySelectorAll('#states button')[2].click()")
    browser.run("const s = document.getElementById('sort'); s.value = 'name'; s.dispatchEvent(new Event('change'))")
    same(text(browser, ".grid bdi")[8:11], ["cmp9", "cmp10", "cmp11"])


def the_files_are_what_was_read(browser):
    documents = fleet(6)
    browser.open(page("files", documents))
    for link, name in (("raw", "hosts.jsonl"), ("list", "hosts.txt")):
        browser.run(f"document.getElementById('{link}').click()")
        path = os.path.join(FOLDER, name)
        for _ in range(100):
            if os.path.exists(path):
                break
            time.sleep(0.1)
    with open(os.path.join(FOLDER, "hosts.jsonl")) as file:
        read = [json.loads(line) for line in file]
    same([(document["uri"], document["time"], "error" in document) for document in read],
         [(document["uri"], document["time"], "error" in document) for document in documents])
    same(read[0]["result"]["networks"][0]["findings"], documents[0]["result"]["networks"][0]["findings"])
    with open(os.path.join(FOLDER, "hosts.txt")) as file:
        same(file.read().split(), [f"qemu+ssh://root@cmp{number}/system" for number in (1, 2, 4, 3, 5, 6)])


def what_hosts_call_things_is_shown_as_text(browser):
    documents = []
    for name in HOSTILE:
        findings = [{"word": name, "aspect": "bridge", "what": name, "place": name}]
        guests = [{"guest": name, "interface": name, "by": name if name == "<!--" else "member"}]
        guests[0]["by"] = "member"
        one = network("default", "enabled", guests=guests, findings=findings, unverified=[name], verified=False, repair=[name],
                      mode=name, ranges=[name])
        unknown = {"bridges": [name], "dnsmasq": [{"pid": 7, "network": name}], "rules": [], "cleanup": [name]}
        document = host(name, one, notes=[name])
        document["result"]["unknown"] = unknown
        documents.append({**document, "uri": name})
        documents.append({**unreachable(name), "uri": name + "2", "host": name + "2"})
    browser.open(page("hostile", documents))
    same(len(text(browser, ".grid button")), 2 * len(HOSTILE))
    for at in range(2 * len(HOSTILE)):
        browser.run("document.querySelectorAll('.grid button')[arguments[0]].click()", at)
    # Marks in what hosts said are not filled in, markup is text, and what turns text around has a number.
    names = [name for name in text(browser, ".grid bdi") if not name.endswith("2")]
    shown = [name.replace("\u2028", "⟨U+2028⟩").replace("\u2029", "⟨U+2029⟩").replace("\u202e", "⟨U+202E⟩")
             .replace("\t", "⟨U+0009⟩").replace("\x7f", "⟨U+007F⟩") for name in HOSTILE]
    same(sorted(names), sorted(shown))
    same(browser.run("return [document.querySelectorAll('img, b b, i').length, document.scripts.length]"), [0, 2])
    assert browser.run("return document.title").startswith("All 14 hosts") is False
    assert "ran" not in browser.run("return document.title")
    browser.open(page("hostile-name", [host("a", network(HOSTILE[1], "enabled"))], "--network", HOSTILE[1]))
    same(text(browser, "h1"), ["The host still runs libvirt's network " + HOSTILE[1] + "."])


def three_thousand_hosts_are_drawn_and_filtered_at_once(browser):
    browser.open(page("three-thousand", fleet(3000)))
    same(len(browser.run("return [...document.querySelectorAll('.dense button')].map(() => 1)")), 2995)
    took = browser.run("const b = performance.now(); const f = document.getElementById('filter'); f.value = 'cmp29';"
                       "f.dispatchEvent(new Event('input')); document.body.offsetHeight; return performance.now() - b")
    same(text(browser, "#count"), ["111 of 3000 shown"])
    assert took < 3000, f"filtering took {took} ms"


def a_phone_and_paper_show_every_host_within_their_width(browser):
    for count in (3, 300, 3000):
        browser.open(page(f"sizes-{count}", fleet(count)))
        for name, scheme, media, width in (("light", "light", "", 1400), ("dark", "dark", "", 1400), ("phone", "light", "", 390),
                                           ("print", "light", "print", 794)):
            browser.size(width, 900, width == 390)
            browser.media(media, scheme)
            wide = browser.run("return document.documentElement.scrollWidth")
            assert wide <= width, f"{name} of {count} is {wide} wide"
            if PICTURES:
                browser.picture(os.path.join(PICTURES, f"{count}-{name}.png"))
        browser.pdf(os.path.join(FOLDER, f"{count}.pdf"))
        # On paper the names are there, whatever the size of the group, and what is only for hands is not.
        assert "cmp3" in text(browser, ".grid bdi")
        same(browser.run("return getComputedStyle(document.querySelector('nav')).display"), "none")
        browser.media()
        browser.size(1400, 900)


def colours_have_the_contrast_that_text_needs(browser):
    browser.open(page("contrast", fleet(6)))
    for scheme in ("light", "dark"):
        browser.media("", scheme)
        ratios = browser.run("""
            const light = (text) => { const [r, g, b] = text.match(/[\\d.]+/g).map((c) => { c /= 255;
                return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4; }); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
            const ratio = (one, other) => { const [a, b] = [light(one), light(other)].sort((x, y) => y - x); return (a + 0.05) / (b + 0.05); };
            const marks = [...document.querySelectorAll('#states .mark')].map((e) => getComputedStyle(e));
            const body = getComputedStyle(document.body);
            return [...marks.map((s) => ratio(s.color, s.backgroundColor)), ratio(body.color, body.backgroundColor),
                ratio(getComputedStyle(document.querySelector('.quiet')).color, body.backgroundColor)];""")
        assert min(ratios) >= 4.5, f"{scheme}: {ratios}"
    browser.media()


def nothing_was_complained_of_and_nobody_was_asked(browser):
    same(browser.log("browser"), [])
    asked = requests(browser)
    assert len(asked) > 10, "the log tells of our pages"
    same([url for url in asked if not url.startswith(("file:", "blob:"))], [])


def what_is_not_the_pages_own_is_blocked(browser):
    browser.open(page("blocked", fleet(3)))
    for tag, fields, directive in (("script", {"textContent": "document.title = 'ran'"}, "script-src-elem"),
                                   ("img", {"src": "http://127.0.0.1:9/"}, "img-src"), ("style", {"textContent": "p {}"}, "style-src-elem")):
        blocked = browser.run("""
            const [tag, fields] = arguments;
            return new Promise((done) => {
                document.addEventListener('securitypolicyviolation', (event) => done(event.effectiveDirective), { once: true });
                document.body.append(Object.assign(document.createElement(tag), fields));
                setTimeout(() => done('nothing'), 3000);
            });""", tag, fields)
        same(blocked, directive)
    assert browser.run("return document.title").startswith("2 of 3 hosts")


def main():
    checks = [value for key, value in globals().items() if callable(value) and key.count("_") >= 3]
    browser = Browser(FOLDER)
    try:
        for check in checks:
            begin = time.time()
            check(browser)
            print(f"{check.__name__}: {time.time() - begin:.1f} s", flush=True)
    finally:
        browser.close()


main()
