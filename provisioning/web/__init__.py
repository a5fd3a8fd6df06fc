"""The web: pages in Vietnamese and English. A view parses, calls one verb and answers.

A new module of pages: a `blueprint`, each view decorated with its route and then `@needs(Stage…)`, templates in
templates/<module>/ that extend base.html, forms that extend forms.Form, `with book() as session:` round one verb
with `actor()`; add the module to MODULES, its place to menu.PLACES, its sentences to translations/vi/<area>.po.
Sentences go through `_("Text with {field}", field=…)`; a refusal of the book needs no catching unless a form
shows it (`form.refuse(error)`). Menus are <details>; there is no Bootstrap script.
"""

from provisioning.web import (
    activation,
    adoption,
    agencies,
    agency_changes,
    agency_choice,
    agency_identity,
    app_passwords,
    assets,
    audit,
    careers,
    domains,
    corrections,
    enrolment,
    health,
    home,
    language,
    lists,
    mailing_lists,
    me,
    my_corrections,
    newcomers,
    officials,
    people,
    policies,
    provisioning,
    recovery,
    reorganisation,
    revealing,
    role_mailboxes,
    signin,
    slips,
    tokens,
)

MODULES = (
    activation,
    adoption,
    agencies,
    agency_changes,
    agency_choice,
    agency_identity,
    app_passwords,
    assets,
    audit,
    careers,
    domains,
    corrections,
    enrolment,
    health,
    home,
    language,
    lists,
    mailing_lists,
    me,
    my_corrections,
    newcomers,
    officials,
    people,
    policies,
    provisioning,
    recovery,
    reorganisation,
    revealing,
    role_mailboxes,
    signin,
    slips,
    tokens,
)
"""Every module with pages; each has a `blueprint`."""
