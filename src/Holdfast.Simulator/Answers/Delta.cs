namespace Holdfast.Simulator.Answers;

/// <summary>One step of a streamed answer.</summary>
/// <param name="Choice">Which choice.</param>
/// <param name="Call">Which tool call, or -1 for text.</param>
/// <param name="Piece">Which piece, or -1 for the beginning of a call.</param>
internal readonly record struct Delta(int Choice, int Call, int Piece)
{
    /// <summary>All steps of an answer in the order of sending; choices take turns.</summary>
    public static List<Delta> Of(Answer answer)
    {
        if (answer.Choices.Length == 1)
        {
            return Of(answer, 0);
        }

        var all = answer.Choices.Select((_, choice) => Of(answer, choice)).ToList();
        var turns = all.Max(deltas => deltas.Count);
        return [.. Enumerable.Range(0, turns).SelectMany(turn =>
            all.Where(deltas => turn < deltas.Count).Select(deltas => deltas[turn]))];
    }

    private static List<Delta> Of(Answer answer, int choice)
    {
        var (text, calls) = (answer.Choices[choice].Text, answer.Choices[choice].Calls);
        var deltas = new List<Delta>(text.Count + (calls.Length * 8));
        for (var piece = 0; piece < text.Count; piece++)
        {
            deltas.Add(new Delta(choice, -1, piece));
        }

        for (var call = 0; call < calls.Length; call++)
        {
            for (var piece = -1; piece < calls[call].Arguments.Count; piece++)
            {
                deltas.Add(new Delta(choice, call, piece));
            }
        }

        return deltas;
    }
}
