"""Phrases that many people know: as a password, each is as easy to guess as a word.

From proverbs, songs, films, poems, and the comic that made one of them famous; in letters only, as `letters` returns.
"""

from __future__ import annotations

from functools import cache
from typing import Final

_TEXTS: Final = """
correct horse battery staple
to be or not to be that is the question whether tis nobler in the mind to suffer
sein oder nichtsein das ist hier die frage
the quick brown fox jumps over the lazy dog
pack my box with five dozen liquor jugs
franz jagt im komplett verwahrlosten taxi quer durch bayern
lorem ipsum dolor sit amet consectetur adipiscing elit sed do eiusmod tempor incididunt
may the force be with you
i am your father
luke i am your father
a long time ago in a galaxy far far away
live long and prosper
to boldly go where no man has gone before
beam me up scotty
houston we have a problem
one small step for man one giant leap for mankind
i have a dream
yes we can
ich bin ein berliner
ask not what your country can do for you
we hold these truths to be self evident that all men are created equal
we the people of the united states
four score and seven years ago our fathers brought forth
in god we trust
god save the queen
god save the king
god bless america
oh say can you see by the dawns early light
land of the free and the home of the brave
our father who art in heaven hallowed be thy name
vater unser im himmel geheiligt werde dein name
in the beginning god created the heaven and the earth
in the beginning was the word and the word was with god
the lord is my shepherd i shall not want
for god so loved the world that he gave his only begotten son
jesus christ is lord
it was the best of times it was the worst of times
call me ishmael some years ago
it is a truth universally acknowledged
all happy families are alike
in a hole in the ground there lived a hobbit
one ring to rule them all one ring to find them
you shall not pass
my precious
not all those who wander are lost
winter is coming
valar morghulis
a lannister always pays his debts
i am the one who knocks
say my name
ill be back
hasta la vista baby
heres looking at you kid
frankly my dear i dont give a damn
im gonna make him an offer he cant refuse
show me the money
you cant handle the truth
theres no place like home
were not in kansas anymore
keep calm and carry on
carpe diem seize the day
veni vidi vici
cogito ergo sum
alea iacta est
carthago delenda est
semper fidelis
e pluribus unum
i think therefore i am
knowledge is power
time is money
practice makes perfect
an apple a day keeps the doctor away
the early bird catches the worm
der fruehe vogel faengt den wurm
morgenstund hat gold im mund
early to bed and early to rise
all that glitters is not gold
all work and no play makes jack a dull boy
better late than never
actions speak louder than words
two wrongs dont make a right
when in rome do as the romans do
the pen is mightier than the sword
if at first you dont succeed try try again
what doesnt kill you makes you stronger
twinkle twinkle little star how i wonder what you are
mary had a little lamb its fleece was white as snow
humpty dumpty sat on a wall
jack and jill went up the hill
row row row your boat gently down the stream
old macdonald had a farm
london bridge is falling down
happy birthday to you
jingle bells jingle bells jingle all the way
alle meine entchen schwimmen auf dem see
haenschen klein ging allein in die weite welt hinein
all you need is love
let it be let it be
hey jude dont make it bad
yesterday all my troubles seemed so far away
imagine all the people
we are the champions
we will rock you
is this the real life is this just fantasy
dont stop believing
stairway to heaven
highway to hell
smells like teen spirit
never gonna give you up never gonna let you down
hello darkness my old friend
another brick in the wall
i will always love you
i love you so much
i love you very much
ich liebe dich ueber alles
roses are red violets are blue
shall i compare thee to a summers day
two roads diverged in a yellow wood
do not go gentle into that good night
once upon a midnight dreary
es war einmal
once upon a time
the answer to life the universe and everything
so long and thanks for all the fish
dont panic
all your base are belong to us
the cake is a lie
its dangerous to go alone take this
open sesame
abracadabra simsalabim
let me in please
this is my password
this is a very secure password
my voice is my passport verify me
trust no one the truth is out there
hack the planet
there is no spoon
follow the white rabbit
"""
_SHORTEST: Final = 8  # shorter ones are within other words


def letters(text: str) -> str:
    """Return the letters of a text, in lower case."""
    return "".join(character for character in text.casefold() if character.isalpha())


@cache
def phrases() -> tuple[str, ...]:
    """Return the phrases, in letters only."""
    return tuple(found for line in _TEXTS.splitlines() if len(found := letters(line)) >= _SHORTEST)


def beside_phrase(password: str) -> int | None:
    """Return how many letters and digits a password has beside a known phrase, or a part of one; None: it has none."""
    text, size = letters(password), sum(map(str.isalnum, password))
    beside = [size - len(each) for each in phrases() if each in text]
    if len(text) >= _SHORTEST and any(text in each for each in phrases()):
        beside.append(size - len(text))
    return min(beside, default=None)
