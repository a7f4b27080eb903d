// Package show puts reports and progress on a terminal, or into a pipe.
//
// It knows what a terminal can do ([Terminal]), how wide text is ([Width],
// [Terminal.Truncate]), how people read quantities ([Duration], [Bytes], [Rate]), and
// draws [Table]s, bars, [Chart]s and a line of [Progress]. It knows nothing of
// what is told: the reports themselves belong to the commands.
//
// In a pipe, with NO_COLOR set, or on a dumb terminal nothing is emphasised.
// Without a UTF-8 locale drawings are made of ASCII. Colour and emphasis never
// carry meaning alone.
package show
