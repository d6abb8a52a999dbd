using static Holdfast.Gateway.Tests.Providers.Gemini.GeminiWire;

namespace Holdfast.Gateway.Tests.Providers.Gemini;

public class GeminiThinkingTests
{
    [Theory]
    [InlineData("gemini-2.5-flash", "minimal", "\"thinkingBudget\":1024,\"includeThoughts\":true")]
    [InlineData("gemini-2.5-flash", "low", "\"thinkingBudget\":1024,\"includeThoughts\":true")]
    [InlineData("gemini-2.5-flash", "medium", "\"thinkingBudget\":8192,\"includeThoughts\":true")]
    [InlineData("gemini-2.5-pro", "high", "\"thinkingBudget\":24576,\"includeThoughts\":true")]
    [InlineData("gemini-2.5-pro", "xhigh", "\"thinkingBudget\":32768,\"includeThoughts\":true")]
    [InlineData("gemini-2.5-flash", "xhigh", "\"thinkingBudget\":24576,\"includeThoughts\":true")]
    [InlineData("gemini-2.5-flash", "none", "\"thinkingBudget\":0")]
    [InlineData("gemini-3-flash-preview", "minimal", "\"thinkingLevel\":\"minimal\",\"includeThoughts\":true")]
    [InlineData("gemini-3.1-pro-preview", "minimal", "\"thinkingLevel\":\"low\",\"includeThoughts\":true")]
    [InlineData("gemini-3.1-pro-preview", "medium", "\"thinkingLevel\":\"medium\",\"includeThoughts\":true")]
    [InlineData("models/gemini-3-pro-preview", "medium", "\"thinkingLevel\":\"high\",\"includeThoughts\":true")]
    [InlineData("gemini-flash-latest", "xhigh", "\"thinkingLevel\":\"high\",\"includeThoughts\":true")]
    public void An_effort_is_tokens_or_a_level_by_the_model(string model, string effort, string expected) =>
        Assert.Equal(
            "\"thinkingConfig\":{" + expected + "}",
            Generation("\"reasoning_effort\":\"" + effort + "\"", model: model));

    [Theory]
    [InlineData("gemini-2.5-pro", "none")]
    [InlineData("gemini-3-flash-preview", "none")]
    [InlineData("gemini-2.0-flash", "low")]
    public void An_effort_that_the_model_cannot_make_is_refused_or_left_out(string model, string effort)
    {
        var option = "\"reasoning_effort\":\"" + effort + "\"";

        Assert.Equal("reasoning_effort", Wire.Refused("{\"messages\":[]," + option + "}", model: model).Field);
        Assert.Equal("", Generation(option, drop: true, model: model));
    }

    [Fact]
    public void A_model_that_does_not_think_need_not_be_kept_from_it() =>
        Assert.Equal("", Generation("\"reasoning_effort\":\"none\"", model: "gemini-2.0-flash"));
}
