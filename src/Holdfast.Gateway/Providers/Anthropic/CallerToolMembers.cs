using System.Text;
using Holdfast.Gateway.Providers.Translation;

namespace Holdfast.Gateway.Providers.Anthropic;

/// <summary>What members of a tool mean that only Anthropic's have: some change what the answer may be.</summary>
internal static class CallerToolMembers
{
    /// <param name="members">Stands on a member that no other provider's tools have.</param>
    /// <param name="index">Which tool it is.</param>
    /// <param name="refusals">What becomes of a member that matters.</param>
    /// <exception cref="UnsupportedFieldException">The answer would be another one without it.</exception>
    public static void Judge(in JsonMembers members, int index, Refusals refusals)
    {
        var value = members.Value;
        switch (members.Name)
        {
            // About what an answer costs, how soon its arguments come, and how the model may understand the tool.
            case var _ when value.IsMissing:
            case var name when name.SequenceEqual("type"u8) || name.SequenceEqual("cache_control"u8)
                || name.SequenceEqual("eager_input_streaming"u8) || name.SequenceEqual("input_examples"u8):
                break;
            case var name when name.SequenceEqual("defer_loading"u8):
                Check(value.IsFlagOrMissing, Place(index, name), "it must be true or false");
                if (value.IsTrue)
                {
                    refusals.Option(Place(index, name), "only Anthropic's models look for their tools");
                }

                break;
            case var name when name.SequenceEqual("allowed_callers"u8):
                AllowedCallers.Judge(value, Place(index, name), refusals);
                break;
            default: refusals.Option(Place(index, members.Name)); break;
        }
    }

    private static void Check(bool isRight, string place, string reason)
    {
        if (!isRight)
        {
            throw Refusals.Invalid(place, reason);
        }
    }

    private static string Place(int index, ReadOnlySpan<byte> member) =>
        $"tools[{index}].{Encoding.UTF8.GetString(member)}";
}
