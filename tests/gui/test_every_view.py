"""Every view and document on real data: with accessible names, unique mnemonics, no cut texts, no leaks."""

import gc

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication, QTabWidget, QWidget

from dominoadmin import application
from dominoadmin.gui.audit import view as audit_log
from dominoadmin.gui.certificates.viewer import CertificateWindow
from dominoadmin.gui.certifiers import document as certifier
from dominoadmin.gui.cross_certificates import document as cross_certificate
from dominoadmin.gui.directory import memo
from dominoadmin.gui.directory import person_document as person
from dominoadmin.gui.directory import server_document as server
from dominoadmin.gui.frame import jobs, theme
from dominoadmin.gui.frame.documents.late_tabs import LateTabs
from dominoadmin.gui.frame.tables.view import DatabaseTab
from dominoadmin.gui.identities import certificate_file
from dominoadmin.gui.issuance import document as issued_certificate
from dominoadmin.gui.issuance import view as issued
from dominoadmin.gui.main_window import MainWindow
from dominoadmin.gui.requests import certificate_pickup
from dominoadmin.gui.requests import document as requests
from dominoadmin.gui.revocation import request_document as revocation_request
from dominoadmin.services.directory import mailing
from dominoadmin.services.domain import system_clock
from dominoadmin.services.doubts import EVERYTHING
from dominoadmin.services.requests import submitting
from dominoadmin.services.restoring import installations
from dominoadmin.services.revocation import revoking
from dominoadmin.services.revocation.revoking import RevocationOrder
from dominoadmin.services.setup.sample_domain import make_sample
from dominoadmin.viewmodels.target import Target
from tests.conftest import NO_KEYCHAIN, copy_data
from tests.gui import wheel
from tests.gui.looking import objections
from tests.gui.speaking import pseudo

SMALL = (800, 600)


@pytest.fixture(scope="session")
def sample_template(tmp_path_factory):
    """The sample domain with one certificate that is about to be revoked."""
    sample = make_sample(tmp_path_factory.mktemp("sample") / "data")
    domain = application.open_domain(sample.root, NO_KEYCHAIN, system_clock)
    order = RevocationOrder((serial_of(domain, "git.example.com"),), reason="keyCompromise")
    revoking.request(domain, sample.administrator, 1, order)
    domain.store.close()
    return sample


@pytest.fixture
def sample_domain(sample_template, tmp_path):
    root = tmp_path / "data"
    copy_data(sample_template.root, root)
    root.chmod(0o700)
    domain = application.open_domain(root, NO_KEYCHAIN, system_clock)
    yield domain
    domain.store.close()


@pytest.fixture
def speaking():
    yield pseudo.speak
    pseudo.speak("en")


@pytest.fixture
def enlarged(qapp):
    font = qapp.font()

    def enlarge(factor):
        larger = qapp.font()
        larger.setPointSizeF(font.pointSizeF() * factor)
        qapp.setFont(larger)

    yield enlarge
    qapp.setFont(font)


@pytest.fixture
def make_window(qapp, sample_domain, sample_template, qtbot):
    made = []

    def make(size=SMALL):
        theme.apply(theme.LIGHT)
        sample = sample_template
        window = MainWindow(sample_domain, sample.administrator, sample_domain.directory.file("ann-admin.id"), sample.server)
        window.show()
        window.resize(*size)
        qtbot.waitExposed(window)
        made.append(window)
        return window

    yield make
    for window in made:
        window.server.stop()
        window.events.stop()
        jobs.wait_for_all(10)
        QCoreApplication.processEvents()
        window.hide()
        window.deleteLater()


def settle():
    """Wait until every view has read its rows."""
    for _time in range(3):
        QCoreApplication.processEvents()
        jobs.wait_for_all(10)
    QCoreApplication.processEvents()


def find(domain, name):
    """Return the request of a host or person."""
    (found,) = [each for each in submitting.views(domain) if each.subject.startswith(f"CN={name}/")]
    return found


def serial_of(domain, name):
    return find(domain, name).document.serial_hex


def open_issued(window, name):
    return issued_certificate.open_certificate(window, 1, serial_of(window.session.domain, name))


def open_request(window, name):
    return requests.open_request(window, find(window.session.domain, name).request.id)


def open_pickup(window, name):
    return certificate_pickup.open_pickup(window, find(window.session.domain, name).request.id)


def open_last_revocation(window):
    with window.session.domain.store.snapshot() as db:
        number = db.execute("SELECT max(id) FROM revocation_requests").fetchone()[0]
    return revocation_request.open_request(window, number)


def inbox(window):
    return mailing.mail_file(window.session.domain, window.session.actor.name)[0]


# the opener of each kind of tab; the key is that of `show_tab`
PLACES = ("home", "configuration", "files", "server-status", "server-console")
OPENERS = {
    "admin4": lambda window: window.run("admin4"),
    "database:certreq.nsf": lambda window: window.run("open-database", Target(database="certreq.nsf")),
    "directory": lambda window: window.run("directory"),
    "mail": lambda window: window.run("mail"),
    "key-rings": lambda window: window.run("key-rings"),
    "icl": issued.open_list,
    "icl:1": lambda window: issued.open_list(window, 1),
    "audit-log": audit_log.open_log,
    "issued:revoked": lambda window: open_issued(window, "db.example.com"),
    "issued:held": lambda window: open_issued(window, "stage.example.com"),
    "issued:released": lambda window: open_issued(window, "api.example.com"),
    "issued:expired": lambda window: open_issued(window, "pilot.example.com"),
    "issued:ending": lambda window: open_issued(window, "vpn.example.com"),
    "issued:valid": lambda window: open_issued(window, "www.example.com"),
    "revocation:done": lambda window: revocation_request.open_request(window, 1),
    "revocation:new": open_last_revocation,
    "memo": lambda window: memo.open_memo(window, inbox(window)),
    "pickup:waiting": lambda window: open_pickup(window, "wiki.example.com"),
    "pickup:issued": lambda window: open_pickup(window, "Paula Green"),
    "request:issued": lambda window: open_request(window, "server1.example.com"),
    "request:edited": lambda window: open_request(window, "vpn.example.com"),
    "request:new": lambda window: open_request(window, "mail.example.com"),
    "request:rejected": lambda window: open_request(window, "intranet.example.com"),
    "request:approved": lambda window: open_request(window, "Hannah Cole"),
    "certifier": lambda window: certifier.open_certifier(window, 1),
    "certifier:locked": lambda window: certifier.open_certifier(window, 3),
    "cross-certificate": lambda window: cross_certificate.open_cross_certificate(window, 1),
    "person": lambda window: person.open_person(window, window.session.actor.name),
    "server": server.open_server,
    "server, edited": lambda window: server.open_server(window, edit=True),
}


def pages(window):
    """Go through everything, and yield a name for the current page."""
    for name in PLACES:
        window.run(name)
        settle()  # Home is laid out when it is read
        yield from parts(name, window.page())
    for name, opener in OPENERS.items():
        opener(window)
        settle()
        page = window.page()
        assert page.objectName() not in PLACES, f"{name} does not open"
        yield from parts(name, page)
        if hasattr(page, "discard"):
            page.discard()
        else:
            window.close_tab(page)


def parts(name, page):
    """Yield a page once for each of its views or tabs."""
    settle()
    if isinstance(page, DatabaseTab):
        for path in list(page._tables):
            page.show_view(path)
            settle()
            yield f"{name}, {path}"
            page.current.start_search()
            yield f"{name}, {path}, search"
            page.current.end_search()
        return
    tabs = [child for child in page.findChildren(LateTabs) if child.isVisible()]
    if hasattr(page, "count"):
        tabs = [page]
    if not tabs:
        yield name
    for place in tabs[:1]:
        for number in range(place.count()):
            place.setCurrentIndex(number)
            settle()
            yield f"{name}, {place.tabText(number)}"


@pytest.mark.parametrize(("language", "factor"), [("en", 1), ("en", 2), ("de", 1), ("de", 2), (pseudo.LONG, 1), (pseudo.RIGHT_TO_LEFT, 1)])
def test_nothing_is_to_object_to(make_window, speaking, enlarged, language, factor) -> None:
    speaking(language)
    enlarged(factor)
    window = make_window()
    assert (window.width(), window.height()) == SMALL
    found = {}  # each once, with the places where it occurs
    for name in pages(window):
        for objection in objections(window):
            found.setdefault(objection, []).append(name)
    assert not found, "\n".join(f"{objection}: {names[0]} … ({len(names)})" for objection, names in found.items())


@pytest.mark.parametrize("factor", [1, 2])
@pytest.mark.parametrize("language", ["en", "de"])
def test_a_store_in_doubt_is_readable_in_a_small_window(make_window, speaking, enlarged, language, factor) -> None:
    speaking(language)
    enlarged(factor)
    window = make_window()
    window.session.domain.doubts.note(EVERYTHING, "log", installations.elsewhere(window.session.domain))
    window.banner.refresh()
    settle()
    settle()  # Home is laid out again below the banner
    assert window.banner.isVisible()
    assert window.banner.height() < SMALL[1] / 2, "no room is left for the work"
    assert list(objections(window)) == []


def test_the_mouse_wheel_changes_nothing(make_window) -> None:
    window = make_window()
    found = {}
    for name in pages(window):
        for change in wheel.changed(window):
            found.setdefault(change, []).append(name)
    assert not found, "\n".join(f"{change}: {names[0]} … ({len(names)})" for change, names in found.items())


def test_a_closed_tab_is_gone(make_window) -> None:
    window = make_window()
    before = {id(each) for each in gc.get_objects() if isinstance(each, QWidget)}  # of other tests, which pytest may keep
    kinds = set()
    for name, opener in OPENERS.items():
        if name == "server, edited":
            continue
        for _time in range(5):
            opener(window)
            settle()
            kinds.add(type(window.page()))
            window.close_current()
            assert window.tabs.count() == 1, name
            assert window.page().objectName() == "home", name
    for _time in range(10):  # a job that was reading for a closed tab is released by an event, after it has ended
        settle()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        gc.collect()
        # Names, not the objects: a list of them would keep what the next round is to find released.
        if not (left := [type(each).__name__ for each in gc.get_objects() if type(each) in kinds and id(each) not in before]):
            break
    assert not left


def test_the_viewer_shows_every_id_file_and_is_gone_when_closed(make_window) -> None:
    window = make_window()
    for _time in range(5):
        certificate_file.show_id(window, "ann-admin.id")
        settle()
        (viewer,) = [top for top in QApplication.topLevelWidgets() if isinstance(top, CertificateWindow) and top.isVisible()]
        tabs = viewer.findChild(QTabWidget)
        for number in range(tabs.count()):
            tabs.setCurrentIndex(number)
            assert objections(viewer) == []
        viewer.close()
        del viewer, tabs
        settle()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    gc.collect()
    assert not [each for each in gc.get_objects() if type(each) is CertificateWindow]


def test_the_icons_follow_the_colours_while_the_window_is_open(make_window) -> None:
    window = make_window()
    light = picture(window)
    theme.apply(theme.DARK)
    settle()
    dark = picture(window)
    theme.apply(theme.LIGHT)
    settle()
    assert all(lightness < 100 for lightness in light), light
    assert all(lightness > 155 for lightness in dark), dark
    assert picture(window) == light


def picture(window):
    """Return the lightness of the opaque pixels of icons: a menu's, the tool bar's, a place's."""
    icons = [
        window.menus.actions["admin4"].icon(),
        window.daily.actions()[0].icon(),
        theme.icon("home"),
    ]
    found = []
    for icon in icons:
        image = icon.pixmap(16, 16).toImage()
        points = [image.pixelColor(x, y) for x in range(image.width()) for y in range(image.height())]
        solid = [point.lightness() for point in points if point.alpha() > 200]
        found.append(sum(solid) // len(solid))
    return found
