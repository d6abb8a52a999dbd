using Holdfast.Gateway.Providers;
using Holdfast.Gateway.Providers.SignIn;

namespace Holdfast.Gateway.Tests.Providers.SignIn;

public sealed class CloudHostsTests
{
    [Theory]
    [InlineData("vertex", "https://europe-west1-aiplatform.googleapis.com/v1", true)]
    [InlineData("vertex", "https://aiplatform.GOOGLEAPIS.com/v1", true)]
    [InlineData("vertex", "http://127.0.0.1:9000/gemini", true)]
    [InlineData("vertex", "https://proxy.example/v1", false)]
    [InlineData("vertex", "https://aiplatform.googleapis.com.evil.example/v1", false)]
    [InlineData("vertex", "https://evilgoogleapis.com/v1", false)]
    [InlineData("vertex", "http://aiplatform.googleapis.com/v1", false)]
    [InlineData("vertex", "https://x.openai.azure.com/", false)]
    [InlineData("azure-openai", "https://x.openai.azure.com/", true)]
    [InlineData("azure-openai", "https://x.services.ai.azure.com/", true)]
    [InlineData("azure-openai", "https://x.openai.azure.us/", true)]
    [InlineData("azure-openai", "https://x.openai.azure.cn/", true)]
    [InlineData("azure-openai", "https://x.cognitiveservices.azure.com/", true)]
    [InlineData("azure-openai", "https://x.privatelink.openai.azure.com/", true)]
    [InlineData("azure-openai", "https://x.westeurope.cloudapp.azure.com/", false)]
    [InlineData("azure-openai", "https://x.westeurope.inference.ml.azure.com/", false)]
    [InlineData("azure-openai", "https://openai.azure.com.westeurope.cloudapp.azure.com/", false)]
    [InlineData("azure-openai", "https://x.azure-api.net/", false)]
    [InlineData("azure-openai", "https://azure.com.evil.example/", false)]
    [InlineData("azure-openai", "http://x.openai.azure.com/", false)]
    [InlineData("bedrock", "https://vpce-1.bedrock-runtime.eu-west-1.vpce.amazonaws.com", true)]
    [InlineData("bedrock", "https://proxy.example/", true)]
    public void A_clouds_token_goes_to_the_clouds_own_hosts(string type, string url, bool goes) =>
        Assert.Equal(goes, SignsIn(type, url, SignInPlaces.Auto));

    [Theory]
    [InlineData("vertex", "https://proxy.example/v1")]
    [InlineData("azure-openai", "https://x.azure-api.net/")]
    public void Elsewhere_it_goes_when_somebody_says_so(string type, string url) =>
        Assert.True(SignsIn(type, url, SignInPlaces.Always));

    [Theory]
    [InlineData("vertex", "https://aiplatform.googleapis.com/v1")]
    [InlineData("azure-openai", "https://x.openai.azure.com/")]
    [InlineData("bedrock", "https://bedrock-runtime.eu-west-1.amazonaws.com/")]
    public void Nowhere_it_goes_when_somebody_says_so(string type, string url) =>
        Assert.False(SignsIn(type, url, SignInPlaces.Never));

    private static bool SignsIn(string type, string url, SignInPlaces places) =>
        new SignIns(new ManualTimeProvider(), new CapturedLog<SignIns>()).For(new ProviderOptions
        {
            Name = "p", Type = type, Region = "eu-west-1", Project = "p", BaseUrl = new Uri(url), SignIn = places,
        }) is not null;
}
